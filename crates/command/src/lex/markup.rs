//! What chat platforms do to a text on its way, undone.

/// How a platform writes the text of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Markup {
    /// As it was typed.
    #[default]
    Plain,
    /// Slack's: `&amp;`, `&lt;`, `&gt;`, links as `<http://host|host>`, mentions as `<@U123>`.
    Slack,
    /// Microsoft Teams': entities, mentions as `<at>name</at>`.
    Teams,
}

/// The text as it was typed, and whether it began with a mention that the platform had marked. Whom the platform marked is
/// for its adapter to know: it hands us only messages that mention us or are meant for us alone.
pub(super) fn plain(text: &str, markup: Markup) -> (bool, String) {
    let (mentioned, text) = match markup {
        Markup::Plain => return (false, text.to_owned()),
        Markup::Slack => slack(text),
        Markup::Teams => teams(text),
    };
    (mentioned, entities(&text))
}

fn slack(text: &str) -> (bool, String) {
    let trimmed = text.trim_start();
    let (mentioned, mut rest) = match trimmed.strip_prefix("<@").and_then(|rest| rest.split_once('>')) {
        Some((_, rest)) => (true, rest),
        None => (false, text),
    };
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>').and_then(|(link, after)| Some((shown(link)?, after))) {
            Some((shown, after)) => {
                out.push_str(&shown);
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    (mentioned, out)
}

/// What was typed where Slack made a link: its label if it has one, for Slack gives a label only where it added something.
fn shown(link: &str) -> Option<String> {
    let (target, label) = match link.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (link, None),
    };
    let word = |mark: char| format!("{mark}{}", label.unwrap_or(target.get(1..).unwrap_or_default()));
    match target.chars().next()? {
        '@' => Some(word('@')),
        '#' => Some(word('#')),
        '!' => Some(format!("@{}", label.unwrap_or(target.get(1..).unwrap_or_default()).trim_start_matches('@'))),
        _ => {
            let scheme = ["http://", "https://", "mailto:", "tel:", "ftp://"]
                .iter()
                .find(|scheme| target.starts_with(**scheme))?;
            let bare = if scheme.ends_with("//") { target } else { target.strip_prefix(scheme)? };
            Some(label.unwrap_or(bare).to_owned())
        }
    }
}

fn teams(text: &str) -> (bool, String) {
    let trimmed = text.trim_start();
    match trimmed.strip_prefix("<at>").and_then(|rest| rest.split_once("</at>")) {
        Some((_, rest)) => (true, rest.to_owned()),
        None => (false, text.to_owned()),
    }
}

/// Undoes entities, each once: `&amp;lt;` was typed as `&lt;`.
fn entities(text: &str) -> String {
    const ENTITIES: [(&str, &str); 7] = [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let entity = ENTITIES.iter().find(|(entity, _)| after.starts_with(entity));
        let (written, length) = entity.map_or(("&", 1), |(entity, character)| (*character, entity.len()));
        out.push_str(written);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}
