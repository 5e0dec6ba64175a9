//! Messages as HTML: on a page, and as the fragments that live events carry.

use crate::view::card::{CardView, Pressed};
use crate::view::moment::Moment;
use crate::view::rich::{Html, said};
use crate::{Author, Message};
use askama::Template;
use bailiwick_chat::Body;

/// One message: who, when, and what.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct MessageView<'a> {
    id: &'a str,
    room: &'a str,
    thread: &'a str,
    name: &'a str,
    bot: bool,
    at: Moment,
    edited: bool,
    content: Content<'a>,
    /// Whether the element replaces the one of the same id wherever it is.
    replaces: bool,
}

enum Content<'a> {
    Said(Html),
    Card(String),
    Unreadable(&'a str),
}

/// What all messages of a page share.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) room: &'a str,
    pub(crate) form_token: &'a str,
}

impl<'a> MessageView<'a> {
    pub(crate) fn new(message: &'a Message, shown: Shown<'a>, replaces: bool) -> Self {
        let content = match &message.body {
            Body::Text(text) => Content::Said(said(text)),
            Body::Card(card) => {
                let pressed = Pressed { room: shown.room, message: &message.id, form_token: shown.form_token };
                match CardView::new(card, &pressed).render() {
                    Ok(html) => Content::Card(html),
                    Err(_) => Content::Unreadable("This card cannot be shown."),
                }
            }
        };
        let (name, bot) = match &message.author {
            Author::Person { name } => (name.as_str(), false),
            Author::Bot => ("Bailiwick", true),
        };
        MessageView {
            id: &message.id,
            room: shown.room,
            thread: message.thread.as_deref().unwrap_or(&message.id),
            name,
            bot,
            at: message.created.into(),
            edited: message.edited,
            content,
            replaces,
        }
    }
}

/// A message with the thread that follows it.
#[derive(Template)]
#[template(path = "thread.html")]
pub(crate) struct ThreadView<'a> {
    id: &'a str,
    /// `None` when the first message of the thread is not among those shown.
    first: Option<MessageView<'a>>,
    replies: Vec<MessageView<'a>>,
    room: &'a str,
    form_token: &'a str,
    once: &'a str,
    may_post: bool,
}

/// What a page's composers need.
#[derive(Clone, Copy)]
pub(crate) struct Composing<'a> {
    pub(crate) once: &'a str,
    pub(crate) may_post: bool,
}

/// Groups messages into threads, in the order in which each thread is first met.
pub(crate) fn threads<'a>(messages: &'a [Message], shown: Shown<'a>, composing: Composing<'a>) -> Vec<ThreadView<'a>> {
    let mut threads: Vec<ThreadView<'a>> = Vec::new();
    for message in messages {
        let root = message.thread.as_deref().unwrap_or(&message.id);
        let view = MessageView::new(message, shown, false);
        let found = threads.iter().rposition(|thread| thread.id == root);
        match (found.and_then(|index| threads.get_mut(index)), message.thread.is_some()) {
            (Some(thread), true) => thread.replies.push(view),
            (Some(thread), false) => thread.first = Some(view),
            (None, is_reply) => {
                let mut thread = empty(root, shown, composing);
                if is_reply {
                    thread.replies.push(view);
                } else {
                    thread.first = Some(view);
                }
                threads.push(thread);
            }
        }
    }
    threads
}

fn empty<'a>(id: &'a str, shown: Shown<'a>, composing: Composing<'a>) -> ThreadView<'a> {
    ThreadView {
        id,
        first: None,
        replies: Vec::new(),
        room: shown.room,
        form_token: shown.form_token,
        once: composing.once,
        may_post: composing.may_post,
    }
}

/// The fragment of a message that was posted: it is put at the end of the room, or at the end of its thread.
pub(crate) fn posted(message: &Message, shown: Shown<'_>, composing: Composing<'_>) -> Result<String, askama::Error> {
    match &message.thread {
        Some(thread) => Ok(format!(
            "<ol hx-swap-oob=\"beforeend\" id=\"t-{}\"><li id=\"m-{}\">{}</li></ol>",
            Attribute(thread),
            Attribute(&message.id),
            MessageView::new(message, shown, false).render()?
        )),
        None => {
            let mut thread = empty(&message.id, shown, composing);
            thread.first = Some(MessageView::new(message, shown, false));
            Ok(format!("<ol hx-swap-oob=\"beforeend\" id=\"conversation\">{}</ol>", thread.render()?))
        }
    }
}

/// The fragment of a message that changed: it replaces the old one where it stands.
pub(crate) fn edited(message: &Message, shown: Shown<'_>) -> Result<String, askama::Error> {
    MessageView::new(message, shown, true).render()
}

/// The fragment that removes a message.
pub(crate) fn deleted(id: &str) -> String {
    format!("<div hx-swap-oob=\"delete\" id=\"m-{0}\" data-message=\"{0}\"></div>", Attribute(id))
}

/// Text inside a quoted attribute.
struct Attribute<'a>(&'a str);

impl std::fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", crate::view::rich::escaped(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_ident::Timestamp;

    fn message(id: &str, thread: Option<&str>) -> Message {
        Message {
            id: id.into(),
            thread: thread.map(str::to_owned),
            author: Author::Person { name: "Lee".into() },
            body: Body::Text("<b>".into()),
            created: Timestamp::from_seconds(0),
            edited: false,
            sequence: 1,
        }
    }

    const SHOWN: Shown<'_> = Shown { room: "ops", form_token: "f" };
    const COMPOSING: Composing<'_> = Composing { once: "1", may_post: true };

    #[test]
    fn replies_stand_under_their_first_message() {
        let messages = [message("a", None), message("b", None), message("c", Some("a")), message("d", Some("gone"))];
        let threads = threads(&messages, SHOWN, COMPOSING);
        let shape: Vec<_> = threads.iter().map(|t| (t.id, t.first.is_some(), t.replies.len())).collect();
        assert_eq!(shape, [("a", true, 1), ("b", true, 0), ("gone", false, 1)]);
    }

    #[test]
    fn a_fragment_names_its_place_and_escapes_everything() {
        let html = posted(&message("c\"", Some("a<")), SHOWN, COMPOSING).unwrap();
        assert!(html.starts_with("<ol hx-swap-oob=\"beforeend\" id=\"t-a&lt;\"><li id=\"m-c&quot;\">"), "{html}");
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
        assert!(posted(&message("c", None), SHOWN, COMPOSING).unwrap().contains("id=\"t-c\""));
        assert!(edited(&message("c", None), SHOWN).unwrap().contains("hx-swap-oob=\"true\""));
        assert!(deleted("x\"y").contains("m-x&quot;y"));
    }
}
