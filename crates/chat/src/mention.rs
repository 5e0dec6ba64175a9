//! Finds the words that are meant for the bot.
//!
//! AWS's bot is addressed as `@aws`; ours also answers to its own name. A mention counts anywhere in a message, as it
//! does in Slack, but not inside a quotation or between backticks, where people only talk about it.

/// The names the bot answers to, in lower case, without the `@`.
pub const NAMES: [&str; 2] = ["aws", "bailiwick"];

/// The name that needs no `@` at the beginning of a command: the program that the command is for.
const BARE: &str = "aws";

/// The words after the first mention, trimmed; `None` when the bot is not addressed. A bare mention yields no words.
pub fn words_for_bot(text: &str) -> Option<&str> {
    let mut quoted_code = false;
    let mut line_is_quote = false;
    let mut before: Option<char> = None;
    let mut line_start = true;
    for (index, character) in text.char_indices() {
        if line_start && !is_blank(character) {
            line_is_quote = character == '>';
            line_start = false;
        }
        match character {
            '\n' => {
                line_start = true;
                line_is_quote = false;
            }
            // An unpaired backtick quotes nothing: commands may hold one.
            '`' => quoted_code = !quoted_code && text[index + 1..].contains('`'),
            '@' | '＠' if !quoted_code && !line_is_quote && before.is_none_or(is_boundary) => {
                if let Some(words) = after_name(&text[index + character.len_utf8()..]) {
                    return Some(words);
                }
            }
            _ => {}
        }
        before = Some(character);
    }
    None
}

/// The words after `aws` at the very beginning, without an `@`: `aws sns list-topics` as people type it in a terminal. It may as
/// well be talk, `aws is down again`; only the command language tells them apart.
pub fn words_after_bare_aws(text: &str) -> Option<&str> {
    let (name, words) = text.trim_start_matches(is_blank).split_once(is_blank)?;
    let words = words.trim_matches(is_blank);
    (name.eq_ignore_ascii_case(BARE) && words.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '-'))
        .then_some(words)
}

fn after_name(text: &str) -> Option<&str> {
    NAMES.iter().find_map(|name| {
        let head = text.get(..name.len())?;
        let rest = &text[name.len()..];
        let ends = rest.chars().next().is_none_or(|next| is_blank(next) || matches!(next, ':' | ','));
        (head.eq_ignore_ascii_case(name) && ends).then(|| rest.trim_start_matches([':', ',']).trim_matches(is_blank))
    })
}

fn is_boundary(character: char) -> bool {
    is_blank(character) || matches!(character, '(' | '"' | '\'')
}

/// White space as people paste it, zero-width characters included.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{words_after_bare_aws, words_for_bot};

    #[test]
    fn a_mention_opens_the_words_for_the_bot() {
        for (text, words) in [
            ("@aws sns list-topics", "sns list-topics"),
            ("  @AWS   help  ", "help"),
            ("@bailiwick: help", "help"),
            ("@Bailiwick, sns list-topics", "sns list-topics"),
            ("@aws", ""),
            ("\u{feff}@aws\u{a0}help", "help"),
            ("hello @aws help", "help"),
            ("please:\n@aws sns list-topics\n--region us-east-1", "sns list-topics\n--region us-east-1"),
            ("@aws sns list-topics --query 'Topics[?a==`b`]'", "sns list-topics --query 'Topics[?a==`b`]'"),
            ("a lone ` and @aws help", "help"),
            ("@Dana: @aws help", "help"),
            ("> quoted\n@aws help", "help"),
            ("＠aws help", "help"),
        ] {
            assert_eq!(words_for_bot(text), Some(words), "{text:?}");
        }
    }

    #[test]
    fn talk_about_the_bot_is_not_a_mention() {
        for text in [
            "",
            "aws sns list-topics",
            "dana@aws",
            "@awsome",
            "@aws-bot",
            "@dana hi",
            "type `@aws help`",
            "> @aws help",
            "@",
            "@aw",
        ] {
            assert_eq!(words_for_bot(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_bare_aws_counts_at_the_beginning_only() {
        for (text, words) in [
            ("aws sns list-topics", Some("sns list-topics")),
            (" AWS\u{a0}--region us-east-1 sns list-topics ", Some("--region us-east-1 sns list-topics")),
            ("bailiwick help", None),
            ("aws is down again", Some("is down again")),
            ("aws", None),
            ("aws: sns", None),
            ("aws … really", None),
            ("our aws sns list-topics", None),
            ("awscli sns list-topics", None),
            ("`aws sns list-topics`", None),
            ("> aws sns list-topics", None),
        ] {
            assert_eq!(words_after_bare_aws(text), words, "{text:?}");
        }
    }
}
