//! Commands of our own: they are about the room and the person, not an AWS operation.

use super::{Mistake, MistakeKind, Parsed, nearest};
use crate::lex::Word;
use crate::render;

/// A command of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builtin {
    /// `alias ...` and `run NAME ...`.
    Alias(AliasCommand),
    /// `can [I] COMMAND`: what would be decided, without doing it. The command as a line.
    Can(String),
    /// `feedback TEXT`.
    Feedback(String),
    /// `preferences`, `set preferences`.
    Preferences,
    /// `set default-account [ID]`; without an id it is asked for.
    SetDefaultAccount(Option<String>),
    /// `set default-region [REGION]`.
    SetDefaultRegion(Option<String>),
    /// `set timeout [SECONDS]`; without a number the usual one again.
    SetTimeout(Option<String>),
    /// `switch-role [ROLE]`, `switch-roles`.
    SwitchRole(Option<String>),
    /// `whoami`.
    Whoami,
    /// `why [ID]`: the trace of a decision, of the last one without an id.
    Why(Option<String>),
}

/// A command about aliases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasCommand {
    /// `alias create NAME COMMAND`; the command as a line, with its `$variables`.
    Create {
        /// The alias.
        name: String,
        /// What it stands for.
        command: String,
    },
    /// `alias delete NAME`.
    Delete {
        /// The alias.
        name: String,
    },
    /// `alias get NAME`.
    Get {
        /// The alias.
        name: String,
    },
    /// `alias list`.
    List,
    /// `alias update NAME COMMAND`.
    Update {
        /// The alias.
        name: String,
        /// What it stands for from now on.
        command: String,
    },
    /// `run NAME ...` and `alias run NAME ...`.
    Run {
        /// The alias.
        name: String,
        /// Values by position or as `--name value`, as they were typed.
        values: Vec<String>,
    },
}

/// Every command of our own, with its forms and what it does, for help and completion.
pub const BUILTINS: [(&str, &str, &str); 10] = [
    (
        "alias",
        "alias create NAME COMMAND | alias list | alias get NAME | alias update NAME COMMAND | alias run NAME VALUES | alias delete NAME",
        "short names for commands of this channel; `$name` in a command stands for a value",
    ),
    ("can", "can COMMAND", "says whether a command would be allowed, and does not run it"),
    ("feedback", "feedback TEXT", "tells the administrators something"),
    ("help", "help [SERVICE [OPERATION]]", "says what there is"),
    ("preferences", "preferences | set preferences", "shows what is set for this channel, and how to change it"),
    ("run", "run ALIAS VALUES | run ALIAS --name VALUE", "runs an alias"),
    (
        "set",
        "set default-account ID | set default-region REGION | set timeout SECONDS | set preferences",
        "chooses the account and Region for this channel, and how long a command may take before it says so",
    ),
    ("switch-role", "switch-role [ROLE] | switch-roles", "shows or changes the role you act with"),
    ("whoami", "whoami", "says who you are here, and with which role"),
    ("why", "why [ID]", "explains a decision"),
];

/// Whether a word names a command of our own.
pub(super) fn is_name(word: &str) -> bool {
    BUILTINS.iter().any(|(name, ..)| *name == canonical(word))
}

/// The one name of a command of our own that has two.
pub(super) fn canonical(word: &str) -> &str {
    if word.eq_ignore_ascii_case("switch-roles") { "switch-role" } else { word }
}

/// What `set` chooses, with the form of each.
const SETTINGS: [(&str, &str); 4] = [
    ("default-account", "set default-account ID"),
    ("default-region", "set default-region REGION"),
    ("preferences", "set preferences"),
    ("timeout", "set timeout SECONDS"),
];

/// The command of our own that an unknown word was meant as: what `set` chooses without its `set`, or a mistyped name.
pub(super) fn meant(word: &str) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let setting = SETTINGS.iter().find(|(name, _)| *name == word).map(|(_, form)| (*form).to_owned());
    let mistyped = || nearest(&word, BUILTINS.iter().map(|(name, ..)| *name).filter(|name| name.len() > SHORT));
    setting.or_else(|| mistyped().map(str::to_owned))
}

/// A name of so many letters is near to too many words.
const SHORT: usize = 4;

/// Longest name and mapped command of an alias, as AWS has them.
const MAX_ALIAS_NAME: usize = 100;
const MAX_ALIAS_COMMAND: usize = 5_000;

/// Reads a command of our own; nothing when the words are none.
pub(super) fn read(words: &[Word]) -> Result<Option<Parsed>, Mistake> {
    let Some((first, rest)) = words.split_first() else { return Ok(None) };
    let name = first.text.to_ascii_lowercase();
    let text = |at: usize| rest.get(at).map(|word| word.text.clone());
    if is_name(&name)
        && rest.last().is_some_and(|word| rest.len() == 1 && (word.text == "help" || super::scan::asks_for_help(word)))
    {
        return Ok(Some(Parsed::Help(super::HelpTopic::Builtin(canonical(&name).to_owned()))));
    }
    let builtin = match name.as_str() {
        "whoami" if rest.is_empty() => Builtin::Whoami,
        "why" if rest.len() <= 1 => Builtin::Why(text(0)),
        "can" => {
            let skip = usize::from(rest.first().is_some_and(|word| word.text.eq_ignore_ascii_case("i")));
            let command = rest.get(skip..).filter(|words| !words.is_empty());
            Builtin::Can(render::line(command.ok_or_else(|| usage("can"))?))
        }
        "switch-role" | "switch-roles" if rest.len() <= 1 => Builtin::SwitchRole(text(0)),
        "preferences" if rest.is_empty() => Builtin::Preferences,
        "feedback" => {
            let said: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
            let said = said.join(" ");
            if said.trim().is_empty() {
                return Err(usage("feedback"));
            }
            Builtin::Feedback(said)
        }
        "set" => set(rest)?,
        "run" => Builtin::Alias(run(rest)?),
        "alias" => Builtin::Alias(alias(rest)?),
        _ => return Ok(None),
    };
    Ok(Some(Parsed::Builtin(builtin)))
}

fn usage(name: &str) -> Mistake {
    let form = BUILTINS.iter().find(|(known, ..)| *known == name).map_or("", |(_, form, _)| form);
    Mistake::new(MistakeKind::UnexpectedWord, name, &format!("it is written `{form}`")).suggest(&format!("{name} help"))
}

fn set(words: &[Word]) -> Result<Builtin, Mistake> {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    match words[..] {
        ["preferences"] => Ok(Builtin::Preferences),
        ["default-account"] | ["default", "account"] => Ok(Builtin::SetDefaultAccount(None)),
        ["default-account", id] | ["default", "account", id] => Ok(Builtin::SetDefaultAccount(Some(id.to_owned()))),
        ["default-region"] | ["default", "region"] => Ok(Builtin::SetDefaultRegion(None)),
        ["default-region", region] | ["default", "region", region] => {
            Ok(Builtin::SetDefaultRegion(Some(region.to_owned())))
        }
        ["timeout"] => Ok(Builtin::SetTimeout(None)),
        ["timeout", seconds] => Ok(Builtin::SetTimeout(Some(seconds.to_owned()))),
        _ => Err(usage("set")),
    }
}

fn run(words: &[Word]) -> Result<AliasCommand, Mistake> {
    let (name, values) = words.split_first().ok_or_else(|| usage("run"))?;
    Ok(AliasCommand::Run { name: name.text.clone(), values: values.iter().map(|word| word.text.clone()).collect() })
}

fn alias(words: &[Word]) -> Result<AliasCommand, Mistake> {
    let (verb, rest) = words.split_first().ok_or_else(|| usage("alias"))?;
    match (verb.text.as_str(), rest) {
        ("list", []) => Ok(AliasCommand::List),
        ("run", rest) => run(rest),
        ("get" | "show", [name]) => Ok(AliasCommand::Get { name: name.text.clone() }),
        ("delete" | "remove", [name]) => Ok(AliasCommand::Delete { name: name.text.clone() }),
        ("create" | "add", [name, command @ ..]) if !command.is_empty() => {
            let (name, command) = mapped(name, command)?;
            Ok(AliasCommand::Create { name, command })
        }
        ("update", [name, command @ ..]) if !command.is_empty() => {
            let (name, command) = mapped(name, command)?;
            Ok(AliasCommand::Update { name, command })
        }
        _ => Err(usage("alias")),
    }
}

/// An alias's name and its command.
fn mapped(name: &Word, command: &[Word]) -> Result<(String, String), Mistake> {
    // The mapped command may stand in quotes as a whole.
    let command = match command {
        [only] if only.text.contains(' ') => only.text.clone(),
        words => words.iter().map(alias_word).collect::<Vec<_>>().join(" "),
    };
    if name.text.starts_with('-') || name.text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '$') {
        let wrong = "an alias's name is one word that does not begin with a hyphen and has no `$` in it";
        return Err(Mistake::new(MistakeKind::Value, "alias", wrong));
    }
    if name.text.is_empty()
        || name.text.chars().count() > MAX_ALIAS_NAME
        || command.chars().count() > MAX_ALIAS_COMMAND
        || crate::alias::variables(&command).len() > crate::alias::MAX_VARIABLES
    {
        let wrong = format!(
            "an alias has at most {MAX_ALIAS_NAME} characters, its command {MAX_ALIAS_COMMAND} and {} variables",
            crate::alias::MAX_VARIABLES
        );
        return Err(Mistake::new(MistakeKind::Value, "alias", &wrong));
    }
    Ok((name.text.clone(), command))
}

/// A word of an alias's command, with its variables as they were typed.
fn alias_word(word: &Word) -> String {
    let without = Word { text: word.text.replace('$', ""), ..word.clone() };
    match render::line(std::slice::from_ref(&without)) == without.text && !without.text.is_empty() {
        true => word.text.clone(),
        false => render::line(std::slice::from_ref(word)),
    }
}
