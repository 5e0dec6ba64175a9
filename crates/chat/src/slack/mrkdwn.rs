//! Text in Slack's dialect. Source: Slack's documentation, "Formatting text for app surfaces".

/// Escapes what Slack gives a meaning: nothing of the text becomes a link, a mention or an entity.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}

/// A card's text: what stands between two backticks is code, the rest is shown as it is.
pub(super) fn text(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An unpaired backtick quotes nothing.
    let pairs = parts.len().saturating_sub(1) / 2;
    let mut out = String::with_capacity(text.len());
    for (index, part) in parts.iter().enumerate() {
        match (index % 2 == 1 && index / 2 < pairs, index) {
            (true, _) => out.push_str(&code(part)),
            (false, index) => {
                if index > 0 && index > pairs * 2 {
                    out.push('`');
                }
                out.push_str(&literal(part));
            }
        }
    }
    out
}

/// Text that is shown as it is: a space without width keeps from being bold, struck or an emoji what would be. Words that
/// have no such marks stay as they are, so that they can be copied and searched.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        out.push(character);
        let after = text.get(at + character.len_utf8()..).unwrap_or_default();
        let inside_word = before.is_some_and(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric);
        let marks = match character {
            '*' | '~' | '`' => true,
            '_' => !inside_word,
            ':' => begins_emoji(after),
            _ => false,
        };
        if marks {
            out.push('\u{200b}');
        }
        before = Some(character);
    }
    escape(&out)
}

/// Whether what follows a colon makes it the name of an emoji: a short word and another colon.
fn begins_emoji(after: &str) -> bool {
    let name = after.split(':').next().unwrap_or_default();
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-'".contains(c);
    !name.is_empty() && name.len() < after.len() && name.chars().all(word)
}

/// An identifier, in monospace on one line.
pub(super) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.trim().is_empty() {
        return String::new();
    }
    // A backtick cannot be escaped; its twin looks the same and ends nothing.
    format!("`{}`", escape(&text.replace('`', "\u{2cb}")))
}

/// Lines in monospace.
pub(super) fn fenced(text: &str) -> String {
    format!("```\n{}\n```", fence_safe(text).trim_end_matches('\n'))
}

/// Escaped text that cannot end the fence around it.
fn fence_safe(text: &str) -> String {
    escape(&text.replace("```", "`\u{200b}`\u{200b}`"))
}

/// Text in the reader's own dialect, as a custom notification brings it: formatting, links and mentions of people are
/// kept, what calls a whole channel and everything else in angle brackets is shown as text.
pub(super) fn theirs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>').filter(|(inside, _)| is_link(inside)) {
            Some((inside, after)) => {
                out.push_str(&format!("<{inside}>"));
                rest = after;
            }
            None => {
                out.push_str("&lt;");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn is_link(inside: &str) -> bool {
    let target = inside.split('|').next().unwrap_or(inside);
    let id = |mark: char| {
        target.strip_prefix(mark).is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    let address = ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme));
    !inside.contains(['<', '\n']) && (address || id('@') || id('#'))
}

/// The length that Slack's limits count.
pub(super) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The beginning of a text that is at most so long, and whether anything was cut.
pub(super) fn cut(text: &str, limit: usize) -> (&str, bool) {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.len_utf16();
        if used > limit {
            return (text.get(..at).unwrap_or_default(), true);
        }
    }
    (text, false)
}

/// A text that is at most so long, with an ellipsis where it was cut.
pub(super) fn short(text: &str, limit: usize) -> String {
    match cut(text, limit) {
        (whole, false) => whole.to_owned(),
        _ => format!("{}…", cut(text, limit.saturating_sub(1)).0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_a_link_or_a_mention() {
        assert_eq!(text("a <!channel> & <@U1>"), "a &lt;!channel&gt; &amp; &lt;@U1&gt;");
        assert_eq!(text("run `sns:*` now"), "run `sns:*` now");
        assert_eq!(text("a `b` c ` d"), "a `b` c `d".replace("`d", "` d"));
        assert_eq!(text("*bold* :x: _a_b"), "*\u{200b}bold*\u{200b} :\u{200b}x: _\u{200b}a_b");
        assert_eq!(text("by: sns:Publish, by"), "by: sns:Publish, by");
        assert_eq!(code("a`b<c"), "`a\u{2cb}b&lt;c`");
        assert_eq!(fenced("a\n```\nb"), "```\na\n`\u{200b}`\u{200b}`\nb\n```");
    }

    #[test]
    fn a_notification_may_link_and_name_people_but_call_nobody_together() {
        let kept = "*b* <https://x.example/a|there> <@U1> <#C1>";
        assert_eq!(theirs(kept), kept);
        assert_eq!(theirs("<!here> <javascript:x|y> a < b"), "&lt;!here> &lt;javascript:x|y> a &lt; b");
    }

    #[test]
    fn lengths_count_as_slack_counts() {
        assert_eq!(length("a😀"), 3);
        assert_eq!(cut("a😀b", 2), ("a", true));
        assert_eq!(short("abcdef", 4), "abc…");
        assert_eq!(short("abcd", 4), "abcd");
    }
}
