//! What the commands that print for people and programs have in common.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

/// The exit status for a wrong command line and for what cannot be read; clap uses the same.
const UNUSABLE: u8 = 2;

/// Prints an error as the reason why there is no answer, apart from the answers yes and no.
pub(crate) fn or_unusable(done: anyhow::Result<ExitCode>) -> ExitCode {
    done.unwrap_or_else(|error| {
        crate::complain(&error);
        unusable()
    })
}

pub(crate) fn unusable() -> ExitCode {
    ExitCode::from(UNUSABLE)
}

/// Writes to standard output. A reader that has gone away has seen enough.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Says something beside the answer.
#[expect(clippy::print_stderr, reason = "standard output belongs to the answer")]
pub(crate) fn note(text: &str) {
    eprintln!("bailiwick: {}", plain(text));
}

/// Text of others without what a terminal would obey: control characters and marks that turn the direction of writing.
pub(crate) fn plain(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Whether standard output is a terminal that shows colours and nobody asked for none (<https://no-color.org>).
pub(crate) fn colours() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

/// Colours, or nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    pub(crate) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.with("31;1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_steer_a_terminal() {
        assert_eq!(plain("a\u{1b}[2J\u{202e}é\n"), r"a\u{1b}[2J\u{202e}é\u{a}");
        assert_eq!(Paint(false).bad("stopped"), "stopped");
        assert_eq!(Paint(true).bad("stopped"), "\u{1b}[31;1mstopped\u{1b}[0m");
    }
}
