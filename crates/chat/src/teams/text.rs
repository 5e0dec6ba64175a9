//! The text of a Teams message: plain text with `<at>` around mentions, and, when somebody formatted it, with tags of HTML.

/// The text without markup. A mention of the bot (`mine`: its text as the activity has it) becomes [`BOT`], other mentions their
/// name; what is quoted from another message is left out; entities become characters.
pub(super) fn plain(text: &str, mine: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = 0_usize;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(mention) = mine.iter().find(|mention| !mention.is_empty() && rest.starts_with(**mention)) {
            if quoted == 0 {
                out.push(BOT);
            }
            rest = &rest[mention.len()..];
            continue;
        }
        let tag = if character == '<' { tag(rest) } else { None };
        match tag {
            Some((name, closes, length)) => {
                match name.as_str() {
                    "blockquote" if closes => quoted = quoted.saturating_sub(1),
                    "blockquote" => quoted += 1,
                    "br" | "p" | "div" | "li" | "tr" if quoted == 0 && !out.is_empty() && !out.ends_with('\n') => {
                        out.push('\n');
                    }
                    _ => {}
                }
                rest = &rest[length..];
            }
            None => {
                let (read, length) = if character == '&' { entity(rest) } else { (character, character.len_utf8()) };
                if quoted == 0 && read != BOT {
                    out.push(read);
                }
                rest = &rest[length..];
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Stands for the bot's mention: a code point that is no character. Where a message holds it, it is dropped.
pub(super) const BOT: char = '\u{fdd0}';

/// The tags that Teams writes. Anything else between angle brackets was typed: `<value>`, `a < b`.
const TAGS: &[&str] = &[
    "a",
    "at",
    "b",
    "blockquote",
    "br",
    "code",
    "codeblock",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tr",
    "u",
    "ul",
];

/// The tag that a text begins with: its name, whether it closes, its length.
fn tag(text: &str) -> Option<(String, bool, usize)> {
    let end = text.find('>').filter(|end| *end <= 2048)?;
    let inner = text.get(1..end)?;
    let closes = inner.starts_with('/');
    let name: String = inner.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    let after = inner.trim_start_matches('/').get(name.len()..)?;
    let ends = after.is_empty() || after.starts_with([' ', '/', '\t', '\n']);
    (ends && TAGS.contains(&name.as_str())).then_some((name, closes, end + 1))
}

/// The character of an entity that a text begins with, and the entity's length; the ampersand itself where there is none.
fn entity(text: &str) -> (char, usize) {
    const NAMED: &[(&str, char)] =
        &[("&nbsp;", ' '), ("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\'')];
    if let Some((name, character)) = NAMED.iter().find(|(name, _)| text.starts_with(name)) {
        return (*character, name.len());
    }
    let numbered = || {
        let body = text.strip_prefix("&#")?;
        let end = body.find(';').filter(|end| *end <= 8)?;
        let digits = body.get(..end)?;
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => digits.parse().ok()?,
        };
        let character = char::from_u32(code)?;
        Some((if character == '\u{a0}' { ' ' } else { character }, 2 + end + 1))
    };
    numbered().unwrap_or(('&', 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_what_was_typed_stays() {
        let bot = "<at>Bailiwick</at>";
        for (text, expected) in [
            ("<at>Bailiwick</at> sns list-topics", "\u{fdd0} sns list-topics"),
            ("<p><at>Bailiwick</at>&nbsp;sns&nbsp;list-topics</p>", "\u{fdd0} sns list-topics"),
            ("<div>hi <at>Dana Lee</at></div><div>bye</div>", "hi Dana Lee\nbye"),
            ("a &lt;b&gt; &amp;lt; &quot;c&quot; &#39;d&#x27; &bogus; &", "a <b> &lt; \"c\" 'd' &bogus; &"),
            ("--x <value> a<b", "--x <value> a<b"),
            ("<blockquote>old <at>Bailiwick</at> run</blockquote><at>Bailiwick</at> help", "\u{fdd0} help"),
            ("<b>bold</b><br/>next", "bold\nnext"),
            ("<", "<"),
            ("\u{fdd0}&#xfdd0;x", "x"),
            ("<a href=\"https://x.example\">link</a>", "link"),
        ] {
            assert_eq!(plain(text, &[bot]), expected, "{text}");
        }
    }
}
