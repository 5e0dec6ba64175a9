//! Aliases: a command with `$variables` and the values for them.
//!
//! A value takes the place of its variable after the command was split into words, so that it can never become another
//! option or another word, whatever it holds. Inside JSON it is escaped as JSON's strings are.
//!
//! Source: Amazon Q Developer in chat applications' administrator guide, "Creating command aliases".

use std::collections::BTreeMap;

use crate::lex::{LexError, Markup, Word, lex};
use crate::parse::nearest;

/// The most variables of one alias.
pub const MAX_VARIABLES: usize = 50;

/// Why values do not fit an alias's variables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesError {
    /// A named value for which there is no variable.
    #[error("the alias has no variable `${name}`{}", meant(near.as_deref()))]
    Unknown {
        /// The name that was given.
        name: String,
        /// The variable that was probably meant.
        near: Option<String>,
    },
    /// More values than variables.
    #[error("`{value}` is a value too many, the alias takes {variables}")]
    TooMany {
        /// How many variables there are.
        variables: usize,
        /// The first value without one.
        value: String,
    },
    /// A name without its value.
    #[error("`--{0}` needs a value after it")]
    NoValue(String),
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `${near}`")).unwrap_or_default()
}

/// One piece of a text with variables.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// A name begins with a letter or `_` and goes on with these, digits and hyphens; it does not end in a hyphen.
fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return 0;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    text.get(..end).map_or(0, |name| name.trim_end_matches('-').len())
}

/// Splits a text at its variables. `$$` is a dollar sign; a dollar sign before anything that is no name is itself.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let (mut rest, mut plain) = (text, 0);
    while let Some(at) = rest.get(plain..).and_then(|tail| tail.find('$')).map(|at| at + plain) {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
        if let Some(after) = after.strip_prefix('$') {
            out.push(Piece::Text(rest.get(..=at).unwrap_or_default()));
            (rest, plain) = (after, 0);
            continue;
        }
        let length = name_length(after);
        if length == 0 {
            plain = at + 1;
            continue;
        }
        out.push(Piece::Text(before));
        out.push(Piece::Variable(after.get(..length).unwrap_or_default()));
        (rest, plain) = (after.get(length..).unwrap_or_default(), 0);
    }
    out.push(Piece::Text(rest));
    out
}

/// The variables of a command, each once, in the order in which they stand, without the dollar sign.
pub fn variables(command: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(command) {
        if let Piece::Variable(name) = piece
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// Gives values to variables: `--name value`, `--name=value` and `name=value` to the one of that name, all others by position
/// to those that have none yet.
///
/// # Errors
/// [`ValuesError`]. A variable without a value is no error: see who has none with [`variables`].
pub fn assign(variables: &[String], values: &[String]) -> Result<BTreeMap<String, String>, ValuesError> {
    let known = |name: &str| variables.iter().any(|variable| variable == name);
    let mut named = BTreeMap::new();
    let mut loose = Vec::new();
    let mut values = values.iter();
    while let Some(value) = values.next() {
        let option = value.strip_prefix("--").filter(|name| name_length(name) > 0);
        match (option, value.split_once('=')) {
            (Some(option), _) => {
                let (name, given) = option.split_once('=').map_or((option, None), |(name, given)| (name, Some(given)));
                if !known(name) {
                    let near = nearest(name, variables.iter().map(String::as_str)).map(str::to_owned);
                    return Err(ValuesError::Unknown { name: name.to_owned(), near });
                }
                let given = given.map(str::to_owned).or_else(|| values.next().cloned());
                named.insert(name.to_owned(), given.ok_or_else(|| ValuesError::NoValue(name.to_owned()))?);
            }
            (None, Some((name, given))) if known(name) => {
                named.insert(name.to_owned(), given.to_owned());
            }
            (None, _) => loose.push(value),
        }
    }
    let mut free = variables.iter().filter(|variable| !named.contains_key(*variable)).cloned().collect::<Vec<_>>();
    if let Some(value) = loose.get(free.len()) {
        return Err(ValuesError::TooMany { variables: variables.len(), value: (*value).clone() });
    }
    free.truncate(loose.len());
    named.extend(free.into_iter().zip(loose.into_iter().cloned()));
    Ok(named)
}

/// The words of a command with values in the place of its variables; a variable without a value stays as it is written.
///
/// # Errors
/// The command cannot be split.
pub fn expand(command: &str, values: &BTreeMap<String, String>) -> Result<Vec<Word>, LexError> {
    let words = lex(command, Markup::Plain)?.words;
    Ok(words.into_iter().map(|word| expand_word(word, values)).collect())
}

fn expand_word(word: Word, values: &BTreeMap<String, String>) -> Word {
    if !word.text.contains('$') {
        return word;
    }
    let json = word.text.starts_with(['{', '[']);
    let mut out = Word { text: String::with_capacity(word.text.len()), quoted: word.quoted };
    for piece in pieces(&word.text) {
        match piece {
            Piece::Text(text) => out.text.push_str(text),
            Piece::Variable(name) => match values.get(name) {
                Some(value) => {
                    // A value is a value even where it looks like an option.
                    out.quoted |= out.text.is_empty() || out.text.contains('=') || !out.text.starts_with('-');
                    out.text.push_str(&if json { escaped(value) } else { value.clone() });
                }
                None => {
                    out.text.push('$');
                    out.text.push_str(name);
                }
            },
        }
    }
    // `--name=$value` stays an option.
    if !word.quoted && word.text.starts_with('-') {
        out.quoted = false;
    }
    out
}

/// A value as it stands in a JSON string. A number or word stays as it is, so that it may stand outside of quotes, too.
fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn variables_are_found_wherever_they_stand() {
        for (command, names) in [
            ("sns list-topics", &[][..]),
            ("iam get-role --role-name $role-name", &["role-name"]),
            ("sns publish --topic-arn arn:aws:sns:$region:1:$topic --message $m", &["region", "topic", "m"]),
            (r#"lambda invoke --function-name f --payload {"a": "$a", "b": ["$b", "$a"]}"#, &["a", "b"]),
            ("x $5 $ $$HOME $a-", &["a"]),
            ("é$é$b", &["b"]),
        ] {
            assert_eq!(variables(command), strings(names), "{command}");
        }
    }

    #[test]
    fn values_go_by_name_and_then_by_position() {
        let variables = strings(&["a", "role-name", "c"]);
        let given = |values: &[&str]| {
            let map = assign(&variables, &strings(values))?;
            Ok::<_, ValuesError>(
                variables.iter().map(|name| map.get(name).cloned().unwrap_or_default()).collect::<Vec<_>>(),
            )
        };
        assert_eq!(given(&["1", "2", "3"]), Ok(strings(&["1", "2", "3"])));
        assert_eq!(given(&["1", "--a", "2", "3"]), Ok(strings(&["2", "1", "3"])));
        assert_eq!(given(&["--role-name=x y", "c=3"]), Ok(strings(&["", "x y", "3"])));
        // What looks like a name but is none of these is a value.
        assert_eq!(given(&["key=value"]), Ok(strings(&["key=value", "", ""])));
        assert_eq!(given(&["-1"]), Ok(strings(&["-1", "", ""])));
        assert_eq!(
            given(&["--rolename", "x"]).unwrap_err().to_string(),
            "the alias has no variable `$rolename`; did you mean `$role-name`"
        );
        assert_eq!(given(&["1", "2", "3", "4"]), Err(ValuesError::TooMany { variables: 3, value: "4".to_owned() }));
        assert_eq!(given(&["--a"]), Err(ValuesError::NoValue("a".to_owned())));
    }

    #[test]
    fn a_value_never_becomes_another_word_or_option() {
        let values =
            BTreeMap::from([("m".to_owned(), "hi --subject \"x\"".to_owned()), ("o".to_owned(), "--all".to_owned())]);
        let texts = |command: &str| -> Vec<(String, bool)> {
            expand(command, &values).unwrap().into_iter().map(|word| (word.text, word.quoted)).collect()
        };
        assert_eq!(texts("x --message $m")[2], ("hi --subject \"x\"".to_owned(), true));
        assert_eq!(texts("x --message=$m")[1], ("--message=hi --subject \"x\"".to_owned(), false));
        assert_eq!(texts("x --name $o")[2], ("--all".to_owned(), true));
        assert_eq!(texts("x '$m!'")[1].0, "hi --subject \"x\"!");
        assert_eq!(texts("x $none $$m")[1..], [("$none".to_owned(), false), ("$m".to_owned(), false)]);
        let json = &texts(r#"x --payload {"a": "$m"}"#)[2].0;
        let parsed: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(parsed["a"], "hi --subject \"x\"");
    }
}
