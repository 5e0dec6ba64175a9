//! Text with a little markup as safe HTML. Everything is escaped first; no text can bring an element of its own, and no
//! text becomes a link.

use std::fmt;

/// HTML that is safe to put into a page as it is.
pub(crate) struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Characters that reorder text could make a command read as another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

/// Text that is only text.
pub(crate) fn escaped(text: &str) -> Html {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    Html(out)
}

/// Text where backticks mark identifiers: the convention of a card's texts.
pub(crate) fn inline(text: &str) -> Html {
    let mut out = String::with_capacity(text.len() + 16);
    write_spans(&mut out, text, false);
    Html(out)
}

/// A member's words: a command is shown in monospace, its mention in the accent colour.
pub(crate) fn said(text: &str) -> Html {
    let trimmed = text.trim();
    let mut out = String::with_capacity(text.len() + 64);
    match bailiwick_chat::mention::words_for_bot(trimmed) {
        Some(words) if trimmed.starts_with(['@', '＠']) => {
            let mention = trimmed.get(..trimmed.len().saturating_sub(words.len())).unwrap_or_default().trim_end();
            out.push_str("<code class=\"command\"><span class=\"mention\">");
            escape_into(&mut out, mention);
            out.push_str("</span> ");
            escape_into(&mut out, words);
            out.push_str("</code>");
        }
        _ => write_spans(&mut out, trimmed, false),
    }
    Html(out)
}

/// The part of chat markdown that all clients share: paragraphs, bullets, bold, italic, code.
pub(crate) fn markdown(text: &str) -> Html {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut in_list, mut in_code) = (false, false);
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        if in_code {
            if fence {
                out.push_str("</code></pre>");
                in_code = false;
            } else {
                escape_into(&mut out, line);
                out.push('\n');
            }
            continue;
        }
        let item = ["- ", "* ", "• "].iter().find_map(|bullet| line.trim_start().strip_prefix(bullet));
        if in_list && item.is_none() {
            out.push_str("</ul>");
            in_list = false;
        }
        match item {
            _ if fence => {
                out.push_str("<pre><code>");
                in_code = true;
            }
            Some(item) => {
                if !in_list {
                    out.push_str("<ul>");
                    in_list = true;
                }
                out.push_str("<li>");
                write_spans(&mut out, item, true);
                out.push_str("</li>");
            }
            None if line.trim().is_empty() => {}
            None => {
                out.push_str("<p>");
                write_spans(&mut out, line.trim_start_matches('#').trim(), true);
                out.push_str("</p>");
            }
        }
    }
    out.push_str(if in_code { "</code></pre>" } else { "" });
    out.push_str(if in_list { "</ul>" } else { "" });
    Html(out)
}

/// Writes text with backticks as code and, where `emphasis` holds, `*` and `_` as emphasis. A mark without its partner on
/// the same line is text.
fn write_spans(out: &mut String, text: &str, emphasis: bool) {
    const MARKS: [(&str, &str, &str); 4] = [
        ("`", "<code>", "</code>"),
        ("**", "<strong>", "</strong>"),
        ("*", "<strong>", "</strong>"),
        ("_", "<em>", "</em>"),
    ];
    let mut rest = text;
    let mut plain = 0;
    while plain < rest.len() {
        let here = &rest[plain..];
        let before_is_word = rest[..plain].chars().next_back().is_some_and(char::is_alphanumeric);
        let mark =
            MARKS.iter().find(|(mark, ..)| here.starts_with(mark) && (*mark == "`" || (emphasis && !before_is_word)));
        let inner = mark.and_then(|(mark, open, close)| {
            let body = &here[mark.len()..];
            let end = body.find(mark)?;
            let inside = &body[..end];
            let holds = !inside.is_empty() && !inside.contains('\n') && (*mark == "`" || inside.trim() == inside);
            holds.then_some((inside, *open, *close, plain + mark.len() * 2 + end))
        });
        match inner {
            Some((inside, open, close, next)) => {
                escape_into(out, &rest[..plain]);
                out.push_str(open);
                escape_into(out, inside);
                out.push_str(close);
                rest = &rest[next..];
                plain = 0;
            }
            None => plain += here.chars().next().map_or(1, char::len_utf8),
        }
    }
    escape_into(out, rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_mark_code_and_everything_is_escaped() {
        for (text, html) in [
            ("a `b` c", "a <code>b</code> c"),
            ("a ` b", "a ` b"),
            ("`` x", "`` x"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("`<b>`", "<code>&lt;b&gt;</code>"),
            ("\"'&", "&quot;&#39;&amp;"),
            ("*not bold*", "*not bold*"),
            ("é`é`", "é<code>é</code>"),
            ("rm\u{202e}txt", "rm\u{fffd}txt"),
        ] {
            assert_eq!(inline(text).to_string(), html);
        }
    }

    #[test]
    fn a_command_is_shown_as_one() {
        let html = said(" @aws sns publish --message \"<b>\" ").to_string();
        assert!(html.starts_with("<code class=\"command\"><span class=\"mention\">@aws</span> sns publish"), "{html}");
        assert!(html.contains("&quot;&lt;b&gt;&quot;"), "{html}");
        assert_eq!(said("hello @aws help").to_string(), "hello @aws help");
        assert_eq!(said("@aws").to_string(), "<code class=\"command\"><span class=\"mention\">@aws</span> </code>");
    }

    #[test]
    fn markdown_is_paragraphs_bullets_and_emphasis() {
        for (text, html) in [
            ("*a* and `b`", "<p><strong>a</strong> and <code>b</code></p>"),
            ("**a** _b_", "<p><strong>a</strong> <em>b</em></p>"),
            ("snake_case_name 2*3*4", "<p>snake_case_name 2*3*4</p>"),
            ("- a\n- b\nc", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
            ("```\n<x>\n```\ny", "<pre><code>&lt;x&gt;\n</code></pre><p>y</p>"),
            ("```\nopen", "<pre><code>open\n</code></pre>"),
            ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
            ("* a", "<ul><li>a</li></ul>"),
        ] {
            assert_eq!(markdown(text).to_string(), html, "{text:?}");
        }
    }
}
