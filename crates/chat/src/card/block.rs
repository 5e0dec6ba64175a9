//! The blocks a card's body is made of.

/// One piece of a card's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph; line breaks are kept.
    Text(String),
    /// Text in the reader's own chat dialect, as a custom notification brings it. A platform shows what it can of it and
    /// never runs anything from it.
    Markdown(String),
    /// A bulleted list of sentences.
    List(Vec<String>),
    /// A result as a readable, indented tree.
    Tree(Vec<TreeLine>),
    /// Names and values that align.
    Facts(Vec<Fact>),
    /// Text that is shown exactly, in monospace: JSON, a policy, a raw message.
    Code {
        /// The text.
        text: String,
        /// What it is, for example `json`; only a hint.
        language: Option<String>,
    },
    /// The layers of a decision, one line each.
    Trace(Vec<TraceLine>),
    /// Words of somebody else, quoted.
    Quote(String),
    /// A file that belongs to the message: a link in a room, an upload on a platform that takes files.
    File(File),
    /// A page to open. The address is one of this server's own, never one out of somebody's words.
    Link {
        /// What people read.
        words: String,
        /// Where it leads: an `http` or `https` address.
        url: String,
    },
}

/// A file that belongs to a message. Its bytes are kept elsewhere, under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name under which it is saved, such as `sns-list-topics.json`.
    pub name: String,
    /// What it is, such as `application/json`.
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Under which the bytes are kept: the id of the command that made them.
    pub key: String,
}

impl File {
    /// Its length in words: `912 bytes`, `14 KB`, `3.2 MB`.
    pub fn size(&self) -> String {
        match self.bytes {
            bytes @ 0..1_000 => format!("{bytes} bytes"),
            bytes @ 1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
            bytes => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }
}

impl Block {
    /// JSON text, shown exactly.
    pub fn json(text: impl Into<String>) -> Self {
        Block::Code { text: text.into(), language: Some("json".to_owned()) }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        match self {
            Block::Text(text) | Block::Markdown(text) | Block::Quote(text) | Block::Code { text, .. } => {
                text.is_empty()
            }
            Block::List(items) => items.is_empty(),
            Block::Tree(lines) => lines.is_empty(),
            Block::Facts(facts) => facts.is_empty(),
            Block::Trace(lines) => lines.is_empty(),
            Block::File(_) => false,
            Block::Link { url, .. } => url.is_empty(),
        }
    }
}

/// One line of a result tree: an optional bullet, a name and a value, at a depth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeLine {
    /// How far it is indented; 0 is the left edge.
    pub depth: u8,
    /// Whether a new element of a list starts here.
    pub bullet: bool,
    /// The name; may be empty for a bare value.
    pub name: String,
    /// The value; empty for a heading. Values of neighbouring lines are aligned.
    pub value: String,
}

impl TreeLine {
    /// A heading, such as `Topics (2)`.
    pub fn heading(depth: u8, name: impl Into<String>) -> Self {
        TreeLine { depth, bullet: false, name: name.into(), value: String::new() }
    }

    /// A bulleted line with a name and a value.
    pub fn item(depth: u8, name: impl Into<String>, value: impl Into<String>) -> Self {
        TreeLine { depth, bullet: true, name: name.into(), value: value.into() }
    }

    /// A line with a name and a value that continues the element above it.
    pub fn pair(depth: u8, name: impl Into<String>, value: impl Into<String>) -> Self {
        TreeLine { depth, bullet: false, name: name.into(), value: value.into() }
    }
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is, for example `Region`.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether the value is an identifier: shown in monospace and copied with one click.
    pub identifier: bool,
}

impl Fact {
    /// A fact in words.
    pub fn words(name: impl Into<String>, value: impl Into<String>) -> Self {
        Fact { name: name.into(), value: value.into(), identifier: false }
    }

    /// A fact whose value is an identifier.
    pub fn identifier(name: impl Into<String>, value: impl Into<String>) -> Self {
        Fact { name: name.into(), value: value.into(), identifier: true }
    }
}

/// What one layer did to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TraceVerdict {
    /// The layer let it through.
    Passed,
    /// The layer stopped it.
    Stopped,
    /// There is no such layer here.
    NotThere,
    /// The layer was not reached or not ours to decide; the note says which.
    NotDecided,
    /// The layer says something that is neither passing nor stopping, in its note.
    Noted,
}

impl TraceVerdict {
    /// Every verdict.
    pub const ALL: [TraceVerdict; 5] = [
        TraceVerdict::Passed,
        TraceVerdict::Stopped,
        TraceVerdict::NotThere,
        TraceVerdict::NotDecided,
        TraceVerdict::Noted,
    ];

    /// The word people read; empty where the note alone speaks.
    pub fn word(self) -> &'static str {
        match self {
            TraceVerdict::Passed => "passed",
            TraceVerdict::Stopped => "stopped",
            TraceVerdict::NotThere => "not there",
            TraceVerdict::NotDecided => "not decided here",
            TraceVerdict::Noted => "",
        }
    }

    /// A stable name, for stored forms and style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            TraceVerdict::Passed => "passed",
            TraceVerdict::Stopped => "stopped",
            TraceVerdict::NotThere => "not-there",
            TraceVerdict::NotDecided => "not-decided",
            TraceVerdict::Noted => "noted",
        }
    }

    /// The verdict of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// One layer of a decision, in the product's numbering of layers from 1 to 9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLine {
    /// The number of the layer.
    pub number: u8,
    /// Its name, for example `role ops-readonly`.
    pub layer: String,
    /// What it did.
    pub verdict: TraceVerdict,
    /// Why, in one line: which policies, which value.
    pub note: String,
    /// The statement that decided, quoted from its policy.
    pub quote: Option<String>,
}

impl TraceLine {
    /// A line without a quoted statement.
    pub fn new(number: u8, layer: impl Into<String>, verdict: TraceVerdict, note: impl Into<String>) -> Self {
        TraceLine { number, layer: layer.into(), verdict, note: note.into(), quote: None }
    }

    /// Quotes the statement that decided.
    pub fn quote(mut self, statement: impl Into<String>) -> Self {
        self.quote = Some(statement.into());
        self
    }
}
