//! The neutral card: what every answer, question, refusal and notification is before a platform's adapter renders it.
//!
//! Text in a card is plain text with one convention: what stands between two backticks is an identifier or something a
//! person typed, and is shown in monospace. No other markup has a meaning, except in [`Block::Markdown`].

mod block;
mod bound;
mod button;

pub use block::{Block, Fact, File, TraceLine, TraceVerdict, TreeLine};
pub use button::{Button, ButtonId, ButtonStyle};

/// What a state means, whatever its word: it selects the mark and the colour, so that no reader depends on colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Done, recovered, allowed.
    Good,
    /// Not run, failed, in alarm.
    Bad,
    /// Needs attention: insufficient data, an outcome that is not known.
    Caution,
    /// Waiting for someone or still running.
    Waiting,
    /// A fact without a judgement.
    Neutral,
}

impl Tone {
    /// Every tone.
    pub const ALL: [Tone; 5] = [Tone::Good, Tone::Bad, Tone::Caution, Tone::Waiting, Tone::Neutral];

    /// The mark that stands before the word: one of ✓ ✗ ⚠ ●.
    pub fn mark(self) -> &'static str {
        match self {
            Tone::Good => "✓",
            Tone::Bad => "✗",
            Tone::Caution => "⚠",
            Tone::Waiting | Tone::Neutral => "●",
        }
    }

    /// A stable lower-case name, for stored forms and style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Caution => "caution",
            Tone::Waiting => "waiting",
            Tone::Neutral => "neutral",
        }
    }

    /// The tone of that name.
    pub fn parse(name: &str) -> Option<Tone> {
        Tone::ALL.into_iter().find(|tone| tone.as_str() == name)
    }
}

/// The state a card reports: a tone and the word for it, such as `ALARM` or `Not run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What it means.
    pub tone: Tone,
    /// The word people read; short.
    pub word: String,
}

impl State {
    /// A state of that tone and word.
    pub fn new(tone: Tone, word: impl Into<String>) -> Self {
        State { tone, word: word.into() }
    }
}

/// One card. Every part is optional; an adapter shows them in this order, with the context line first when there is
/// neither state nor title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// The state, shown by mark, colour and word.
    pub state: Option<State>,
    /// The headline: one sentence or a name.
    pub title: String,
    /// The command or identifier the headline is about, in monospace; may hold any character.
    pub command: Option<String>,
    /// What ran where and as whom, in small type; the parts are joined with ` · `.
    pub context: Vec<String>,
    /// The content, in order.
    pub body: Vec<Block>,
    /// What one can do next.
    pub buttons: Vec<Button>,
    /// A closing line in small type, such as what will happen next.
    pub footer: Option<String>,
}

impl Card {
    /// A card with a headline.
    pub fn titled(title: impl Into<String>) -> Self {
        Card { title: title.into(), ..Card::default() }
    }

    /// Sets the state.
    pub fn state(mut self, tone: Tone, word: impl Into<String>) -> Self {
        self.state = Some(State::new(tone, word));
        self
    }

    /// Sets the command beside the headline.
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// Adds one part to the context line; an empty part is left out.
    pub fn context(mut self, part: impl Into<String>) -> Self {
        let part = part.into();
        if !part.is_empty() {
            self.context.push(part);
        }
        self
    }

    /// Adds a block; an empty block is left out.
    pub fn block(mut self, block: Block) -> Self {
        if !block.is_empty() {
            self.body.push(block);
        }
        self
    }

    /// Adds a paragraph.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.block(Block::Text(text.into()))
    }

    /// Adds a button.
    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self
    }

    /// Sets the closing line.
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    /// The card without its buttons: what an old message becomes once its question is settled.
    pub fn settled(mut self) -> Self {
        self.buttons.clear();
        self
    }

    /// One line for lists, previews and notifications: the state's word, the headline and the command.
    pub fn summary(&self) -> String {
        let head = match (&self.state, self.title.is_empty()) {
            (Some(state), false) => format!("{} {}: {}", state.tone.mark(), state.word, self.title),
            (Some(state), true) => format!("{} {}", state.tone.mark(), state.word),
            (None, false) => self.title.clone(),
            (None, true) => self.context.join(" · "),
        };
        match &self.command {
            Some(command) => format!("{head} {command}").trim_start().to_owned(),
            None => head,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tone_has_a_name_that_reads_back() {
        for tone in Tone::ALL {
            assert_eq!(Tone::parse(tone.as_str()), Some(tone));
        }
        assert_eq!(Tone::parse("red"), None);
    }

    #[test]
    fn empty_parts_are_left_out() {
        let card = Card::titled("t").context("").context("a").text("").text("b");
        assert_eq!(card.context, ["a"]);
        assert_eq!(card.body.len(), 1);
    }

    #[test]
    fn the_summary_says_state_headline_and_command() {
        let card = Card::titled("no such operation").state(Tone::Bad, "Not run").command("ec2 x");
        assert_eq!(card.summary(), "✗ Not run: no such operation ec2 x");
        assert_eq!(
            Card::default().context("sns list-topics").context("us-east-1").summary(),
            "sns list-topics · us-east-1"
        );
    }
}
