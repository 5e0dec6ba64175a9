//! Words to options with their words, as Python's argparse takes them for the AWS CLI.

use super::arguments::{Argument, Takes, Target};
use super::mistake::shown;
use super::{Dialect, Mistake, MistakeKind, nearest};
use crate::lex::Word;

/// What an option was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// The option alone.
    Bare,
    /// One word.
    One(String),
    /// Any number of words.
    Many(Vec<String>),
}

/// Options in the order of the table, and the words that belong to none.
pub(super) struct Scanned {
    pub(super) given: Vec<Option<Given>>,
    pub(super) loose: Vec<Word>,
    /// Options that are no operation's own, such as `--account`, with their value.
    pub(super) own: Vec<(&'static str, String)>,
    /// What options were given before they were given again, by their places in the table. The last value counts, and all
    /// have to be readable.
    pub(super) earlier: Vec<(usize, Given)>,
}

/// Options of ours that an operation's own options of the same name take precedence over.
const OWN: [&str; 1] = ["account"];

/// In chat: two hyphens where one was typed, `--help` for `-h`.
pub(super) fn normalized(words: &[Word], dialect: Dialect) -> Vec<Word> {
    if dialect == Dialect::Cli {
        return words.to_vec();
    }
    let normal = |word: &Word| {
        let letter =
            word.text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        if word.quoted && word.text.contains(char::is_whitespace) || !letter {
            return word.clone();
        }
        let text = if word.text == "-h" { "--help".to_owned() } else { format!("-{}", word.text) };
        Word { text, ..word.clone() }
    };
    words.iter().map(normal).collect()
}

/// Whether a word would be read as an option when nothing is known of the options there are.
pub(super) fn is_option(word: &Word, dialect: Dialect) -> bool {
    let text = &word.text;
    text.len() > 1
        && text.starts_with('-')
        && !(word.quoted && dialect == Dialect::Chat)
        && !is_negative(text)
        && !text.contains(' ')
}

/// `--help`, which the AWS CLI spells `help`.
pub(super) fn asks_for_help(word: &Word) -> bool {
    !word.quoted && matches!(word.text.as_str(), "--help" | "-h")
}

/// `-1` or `-1.5`: a value, not an option.
fn is_negative(text: &str) -> bool {
    let Some(number) = text.strip_prefix('-') else { return false };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !fraction.is_empty(),
        None => digits(number) && !number.is_empty(),
    }
}

/// An option's name in a word, and the value after `=`.
pub(super) fn split_option(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    }
}

/// The one name that a word stands for: exactly, or as the beginning of only one.
///
/// # Errors
/// The names it could stand for, when there are several.
pub(super) fn resolve<'n>(
    text: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Result<Option<&'n str>, Vec<&'n str>> {
    let Some(typed) = text.strip_prefix("--").filter(|typed| !typed.is_empty()) else { return Ok(None) };
    if let Some(exact) = names.clone().find(|name| *name == typed) {
        return Ok(Some(exact));
    }
    let candidates: Vec<&str> = names.filter(|name| name.starts_with(typed)).collect();
    match candidates[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(candidates),
    }
}

/// Takes the options of an operation from its words.
pub(super) fn operation(
    command: &str,
    table: &[Argument<'_>],
    words: &[Word],
    dialect: Dialect,
) -> Result<Scanned, Mistake> {
    let mut scanned =
        Scanned { given: vec![None; table.len()], loose: Vec::new(), own: Vec::new(), earlier: Vec::new() };
    let names = || table.iter().filter(|argument| !argument.positional).map(|argument| argument.name.as_str());
    let find = |word: &Word| -> Result<Option<(usize, Option<String>)>, Mistake> {
        if !word.text.starts_with("--")
            || (word.quoted && dialect == Dialect::Chat && word.text.contains(char::is_whitespace))
        {
            return Ok(None);
        }
        let (name, value) = split_option(&word.text);
        // Written out, an option of ours is no beginning of an operation's: `--account` is not `--account-identifiers`.
        if own_option(word, dialect).is_some_and(|own| !names().any(|known| known == own)) {
            return Ok(None);
        }
        // A name that holds a `=` itself does not exist, so the split is safe.
        let resolved = resolve(name, names()).map_err(|candidates| ambiguous(command, name, &candidates))?;
        let at = resolved.and_then(|name| table.iter().position(|argument| argument.name == name));
        Ok(at.map(|at| (at, value.map(str::to_owned))))
    };
    let mut position = 0;
    while let Some(word) = words.get(position) {
        position += 1;
        // The end of all options: whatever follows is a word of its own.
        if word.text == "--" && !word.quoted {
            scanned.loose.extend(words.iter().skip(position).cloned());
            break;
        }
        let Some((at, explicit)) = find(word)? else {
            if let Some((own, value, after)) = take_own(words, position - 1, dialect) {
                position = after;
                scanned.own.push((own, value.ok_or_else(|| needs_value(command, own))?));
            } else if is_option(word, dialect) {
                return Err(unknown(command, word, names()));
            } else {
                scanned.loose.push(word.clone());
            }
            continue;
        };
        let Some((argument, slot)) = table.get(at).zip(scanned.given.get_mut(at)) else { continue };
        let mut following = Vec::new();
        while let Some(next) = words.get(position + following.len()) {
            let fits = match argument.takes {
                Takes::Flag => false,
                Takes::Many => true,
                Takes::Maybe | Takes::One => following.is_empty(),
            };
            if !fits || explicit.is_some() || is_option(next, dialect) || find(next)?.is_some() {
                break;
            }
            following.push(next.text.clone());
        }
        position += following.len();
        let words = explicit.map_or(following, |value| vec![value]);
        let given = match (argument.takes, words) {
            (Takes::Flag, words) if words.is_empty() => Given::Bare,
            // A flag's value may be written after `=` in chat, which is how a question is answered with no.
            (Takes::Flag, words)
                if dialect == Dialect::Chat && matches!(&words[..], [only] if truth(only).is_some()) =>
            {
                Given::One(words.concat())
            }
            (Takes::Flag, _) => {
                let wrong = format!("`--{}` takes no value, its opposite is `--no-{0}`", argument.name);
                return Err(Mistake::new(MistakeKind::Value, command, &wrong));
            }
            (Takes::Many, words) => Given::Many(words),
            (Takes::Maybe, words) => words.into_iter().next().map_or(Given::Bare, Given::One),
            (Takes::One, words) => {
                Given::One(words.into_iter().next().ok_or_else(|| needs_value(command, &argument.name))?)
            }
        };
        scanned.earlier.extend(slot.replace(given).map(|earlier| (at, earlier)));
        // Of `--x` and `--no-x` the last one counts: to argparse they are one destination.
        if let Some(opposite) = opposite(table, argument).and_then(|at| scanned.given.get_mut(at)) {
            *opposite = None;
        }
    }
    Ok(scanned)
}

/// The place of the flag that says the opposite of a flag: of the same member, the other value.
fn opposite(table: &[Argument<'_>], flag: &Argument<'_>) -> Option<usize> {
    let Target::Flag(member, value) = flag.target else { return None };
    table
        .iter()
        .position(|other| matches!(other.target, Target::Flag(same, not) if std::ptr::eq(same, member) && not != value))
}

/// `true` or `false`.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An option of ours at a place in the words: its name, its value if it has one, and the place after both.
pub(super) fn take_own(words: &[Word], at: usize, dialect: Dialect) -> Option<(&'static str, Option<String>, usize)> {
    let word = words.get(at)?;
    let own = own_option(word, dialect)?;
    if let (_, Some(value)) = split_option(&word.text) {
        return Some((own, Some(value.to_owned()), at + 1));
    }
    let next = words.get(at + 1).filter(|next| !is_option(next, dialect));
    Some((own, next.map(|next| next.text.clone()), at + 1 + usize::from(next.is_some())))
}

fn own_option(word: &Word, dialect: Dialect) -> Option<&'static str> {
    let (name, _) = split_option(&word.text);
    let name = name.strip_prefix("--").filter(|_| dialect == Dialect::Chat && !word.quoted)?;
    OWN.into_iter().find(|own| *own == name)
}

pub(super) fn needs_value(command: &str, name: &str) -> Mistake {
    Mistake::new(MistakeKind::Value, command, &format!("`--{name}` needs a value after it"))
}

pub(super) fn ambiguous(command: &str, typed: &str, candidates: &[&str]) -> Mistake {
    let names: Vec<String> = candidates.iter().take(6).map(|name| format!("`--{name}`")).collect();
    let wrong = format!("`{}` could be {}; write it out", shown(typed), names.join(", "));
    Mistake::new(MistakeKind::UnknownOption, command, &wrong)
}

fn unknown<'n>(command: &str, word: &Word, names: impl Iterator<Item = &'n str>) -> Mistake {
    let (name, _) = split_option(&word.text);
    let typed = name.trim_start_matches('-');
    let wrong = format!("`{}` is not an option of `{command}`", shown(name));
    let mistake = Mistake::new(MistakeKind::UnknownOption, command, &wrong);
    match nearest(typed, names.chain(super::options::names().map(|name| -> &'n str { name }))) {
        Some(right) => mistake.suggest(&format!("{command} --{right}")),
        None => mistake.suggest(&format!("{command} help")),
    }
}
