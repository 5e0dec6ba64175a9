use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::protocol::problem::Problem;
use crate::value::MAX_DEPTH;

/// An element and what is in it. Namespaces are dropped: AWS's documents have one, and clients do not look at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    /// The name without its prefix.
    pub(crate) name: String,
    /// Attributes by their full name, such as `xsi:type`.
    pub(crate) attributes: Vec<(String, String)>,
    /// The text directly in it; white space between elements included.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Reads one document. Document type declarations are refused, so no entity but XML's own five is ever expanded.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::new("the body is not UTF-8"))?;
    let not_xml = |error: &dyn std::fmt::Display| Problem::new(format!("the body is not XML: {error}"));
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    // What is open, from the outside in; the first is no element but holds the root.
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| not_xml(&error))?;
        match event {
            Event::Start(start) => {
                if open.len() > 2 * MAX_DEPTH {
                    return Err(Problem::too_deep());
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                let child = element(&start)?;
                if let Some(parent) = open.last_mut() {
                    parent.children.push(child);
                }
            }
            Event::End(_) => {
                let (Some(child), Some(parent)) = (open.pop(), open.last_mut()) else {
                    return Err(not_xml(&"an end without its start"));
                };
                parent.children.push(child);
            }
            Event::Text(text) => push_text(&mut open, &text.xml10_content()),
            Event::CData(text) => push_text(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref().map_err(|error| not_xml(&error))? {
                    Some(character) => character.to_string(),
                    None => resolve_predefined_entity(&reference)
                        .ok_or_else(|| not_xml(&"an entity that XML does not define"))?
                        .to_owned(),
                };
                push_text(&mut open, &resolved);
            }
            Event::DocType(_) => return Err(Problem::new("the body has a document type declaration")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let (Some(mut document), true) = (open.pop(), open.is_empty()) else {
        return Err(not_xml(&"an element is not closed"));
    };
    if document.children.len() != 1 || !document.text.trim().is_empty() {
        return Err(not_xml(&"there must be one outermost element"));
    }
    document.children.pop().ok_or_else(|| not_xml(&"there is no element"))
}

fn push_text(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, Problem> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| Problem::new(format!("the body is not XML: {error}")))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| Problem::new(format!("the body is not XML: {error}")))?;
        attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    let name = start.name().0;
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    Ok(Element { name: local.to_owned(), attributes, ..Element::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read() {
        let root = parse(
            b"<?xml version=\"1.0\"?>\n<n:A xmlns:n='u' xsi:type=\"x&amp;y\">a &lt;<B/><![CDATA[<]]>&#xD;<C>1</C></n:A>\n",
        )
        .unwrap();
        assert_eq!((&*root.name, &*root.text), ("A", "a <<\r"));
        assert!(root.attributes.contains(&("xsi:type".to_owned(), "x&y".to_owned())));
        assert_eq!(root.text_of("C"), Some("1"));
        assert_eq!(root.text_of("B"), Some(""));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = format!("{}x{}", "<a>".repeat(1000), "</a>".repeat(1000));
        for bad in
            ["", "x", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", &deep]
        {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:.40}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
    }
}
