//! What the sources of our crates touch. Tests may do more: their files, and what follows `#[cfg(test)]` in a file, are
//! left out. Comments are, too.

use std::fs;
use std::path::Path;

/// Words that a crate's sources may not hold.
struct Ban {
    words: &'static [&'static str],
    why: &'static str,
}

/// For pure crates.
const IMPURE: &[Ban] = &[
    Ban { words: &["async fn", "async move", ".await", "tokio::"], why: "a pure crate is not async" },
    Ban { words: &["std::fs", "std::process", "std::os::"], why: "a pure crate touches no files and processes" },
    Ban { words: &["std::env"], why: "a pure crate reads no environment" },
    Ban { words: &["thread_rng", "getrandom", "rand::", "SystemRandom"], why: "randomness comes in as a value" },
    Ban { words: &["thread::spawn", "thread_local!"], why: "a pure crate starts no threads" },
];

/// Where only some crates may do a thing: the words, who may, and why.
const RESERVED: &[(&[&str], &[&str], &str)] = &[
    (&["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"], &["cli"], "the clock comes in as a value"),
    (
        &["env::var", "env::args", "env::vars", "env::current_dir"],
        &["cli", "xtask"],
        "only `cli` reads the environment",
    ),
    (&["TcpListener", "UdpSocket", "UnixListener"], &["cli", "fakes", "server"], "only `server` listens, and fakes do"),
    (&["TcpStream", "UnixStream", "ToSocketAddrs"], &["client", "server"], "only `client` connects"),
    (&["client::legacy"], &["client"], "only `client` connects"),
    (&["rusqlite::"], &["store"], "only `store` speaks SQL"),
];

pub(super) fn check(root: &Path, pure: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut broken = Vec::new();
    for entry in fs::read_dir(root.join("crates"))? {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // This crate names what it looks for.
        if name != "xtask" && folder.join("Cargo.toml").exists() {
            walk(root, &folder.join("src"), &name, pure.contains(&name.as_str()), &mut broken)?;
        }
    }
    Ok(broken)
}

fn walk(root: &Path, folder: &Path, name: &str, pure: bool, broken: &mut Vec<String>) -> anyhow::Result<()> {
    let mut sources = Vec::new();
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)?;
            sources.push((path, text));
        }
    }
    // Modules that their parent declares for tests only, whether the parent lies here or is the folder's own file.
    let mut tests: Vec<String> = vec!["tests".to_owned()];
    let own = fs::read_to_string(folder.with_extension("rs")).unwrap_or_default();
    for text in sources.iter().map(|(_, text)| text.as_str()).chain([own.as_str()]) {
        tests.extend(test_modules(text));
    }
    let is_test = |path: &Path| tests.iter().any(|test| path.file_stem().is_some_and(|stem| stem == test.as_str()));
    for (path, text) in sources.iter().filter(|(path, _)| !is_test(path)) {
        let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
        broken.extend(judge(name, pure, text).into_iter().map(|fault| format!("{shown}: {fault}")));
    }
    for folder in folders.iter().filter(|folder| !is_test(folder)) {
        walk(root, folder, name, pure, broken)?;
    }
    Ok(())
}

/// The names of `#[cfg(test)] mod name;`.
fn test_modules(text: &str) -> Vec<String> {
    let after = text.split("#[cfg(test)]").skip(1);
    let declared = after.filter_map(|rest| {
        let line = rest.trim_start().lines().next()?;
        let (_, name) = line.split_once("mod ")?;
        name.strip_suffix(';').map(str::to_owned)
    });
    declared.collect()
}

/// What a source holds that its crate may not.
fn judge(name: &str, pure: bool, text: &str) -> Vec<String> {
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut faults = Vec::new();
    for (number, line) in shipped.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let mut find = |words: &[&str], why: &str| {
            for word in words.iter().filter(|word| holds(code, word)) {
                faults.push(format!("line {}: `{word}` in `{name}`: {why}", number + 1));
            }
        };
        if pure {
            IMPURE.iter().for_each(|ban| find(ban.words, ban.why));
        }
        for (words, _, why) in RESERVED.iter().filter(|(_, may, _)| !may.contains(&name)) {
            find(words, why);
        }
    }
    faults
}

/// Whether the code holds the word, not as the end of a longer one.
fn holds(code: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).and_then(|head| head.chars().next_back());
        !word.starts_with(part_of_name) || !before.is_some_and(part_of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_crate_is_found_out() {
        for line in
            ["use std::fs;", "let now = SystemTime::now();", "async fn x() {}", "getrandom(&mut b)", "rand::rng()"]
        {
            assert_eq!(judge("policy", true, line).len(), 1, "{line}");
        }
        for line in ["// std::fs is not used", "operand::x()", "use std::net::IpAddr;", "let environment = 1;"] {
            assert!(judge("policy", true, line).is_empty(), "{line}");
        }
    }

    #[test]
    fn what_is_reserved_is_found_out() {
        assert_eq!(judge("bot", false, "TcpStream::connect(a)").len(), 1);
        assert_eq!(judge("server", false, "TcpListener::bind(a)").len(), 0);
        assert_eq!(judge("store", false, "std::env::var(\"X\")").len(), 1);
        assert_eq!(judge("authority", false, "Instant::now()").len(), 1);
    }

    #[test]
    fn tests_are_left_out() {
        assert!(judge("policy", true, "fn x() {}\n#[cfg(test)]\nmod tests {\n use std::fs;\n}").is_empty());
        assert_eq!(
            test_modules("#[cfg(test)]\nmod cases;\n#[cfg(test)]\npub(crate) mod more;\nmod x;"),
            ["cases", "more"]
        );
    }
}
