//! The pages on which people manage things: each is a sheet of tables with buttons, and of forms. What stands on it is for the
//! use cases to say; the pages only show it and bring back what was filled in.

use crate::Answer;
use crate::access::entrance::Person;
use crate::access::records::Health;
use bailiwick_ident::Timestamp;

/// The sheets there are: their names in addresses, and for people.
pub const SHEETS: [(&str, &str); 6] = [
    ("channels", "Channels"),
    ("waiting", "Waiting"),
    ("notifications", "Notifications"),
    ("roles", "Channel roles"),
    ("chatbot-policies", "Chatbot policies"),
    (YOU, "You"),
];

/// The sheet about whoever is signed in. Its act `second-factor` with a `code` is the entrance's.
pub const YOU: &str = "you";

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it is for and what acts on it, in a sentence.
    pub intro: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What is said above the table.
    pub says: String,
    /// What is to be seen there.
    pub picture: Option<Picture>,
    /// What is said where there are no rows; a part without columns has no table.
    pub empty: String,
    /// The columns' headings.
    pub columns: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The forms below.
    pub forms: Vec<Form>,
}

impl Section {
    /// The cells of a row, each with its column's heading.
    pub(crate) fn cells<'a>(&'a self, row: &'a Row) -> Vec<(&'static str, &'a Cell)> {
        self.columns.iter().copied().zip(&row.cells).collect()
    }
}

/// Black squares on white, such as a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, for whoever does not see it.
    pub label: String,
    /// How many squares a side has.
    pub side: usize,
    /// The black ones, as the `d` of a path of SVG.
    pub path: String,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// One for each column.
    pub cells: Vec<Cell>,
    /// What can be done about it.
    pub acts: Vec<Act>,
    /// What is shown on request below it, such as a document.
    pub more: Option<String>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// An identifier or a command.
    Code(String),
    /// A point in time.
    Moment(Timestamp),
    /// A state, with what is said of it.
    State(Health, String),
    /// Words.
    Text(String),
}

/// A button with what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its name in the form.
    pub act: &'static str,
    /// What stands on it.
    pub label: String,
    /// What is asked before it counts; nothing where it can be taken back.
    pub question: Option<String>,
    /// What it is about.
    pub values: Vec<(&'static str, String)>,
}

/// A form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Its name.
    pub act: &'static str,
    /// Its heading.
    pub heading: String,
    /// What is said above the fields.
    pub says: String,
    /// What stands on its button.
    pub button: String,
    /// What it carries unseen.
    pub values: Vec<(&'static str, String)>,
    /// The fields.
    pub fields: Vec<Field>,
}

/// What a field that hides what is typed, or is filled in by an app, is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// The code of a second factor.
    Code,
    /// The password as it is.
    Password,
    /// The password as it will be.
    NewPassword,
}

impl Secret {
    /// What the browser may fill in.
    pub(crate) fn autocomplete(self) -> &'static str {
        match self {
            Secret::Code => "one-time-code",
            Secret::Password => "current-password",
            Secret::NewPassword => "new-password",
        }
    }
}

/// What came of an act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// What was done, in a sentence.
    pub words: String,
    /// What is shown once, before the sheet.
    pub sections: Vec<Section>,
}

impl From<String> for Done {
    fn from(words: String) -> Self {
        Done { words, sections: Vec::new() }
    }
}

/// One of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// What it means, in small type.
    pub about: String,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A line.
    Line {
        /// Its name.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// What is filled in.
        value: String,
        /// What may be filled in, in small type.
        about: &'static str,
        /// It cannot be left empty.
        required: bool,
    },
    /// A password or a code.
    Secret {
        /// Its name.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// What may be filled in, in small type.
        about: &'static str,
        /// What it is.
        secret: Secret,
    },
    /// Several lines.
    Text {
        /// Its name.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// What is filled in.
        value: String,
        /// What may be filled in, in small type.
        about: &'static str,
    },
    /// Any of a list.
    Any {
        /// Its name.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// The list.
        choices: Vec<Choice>,
    },
    /// One of a list.
    One {
        /// Its name.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// The list.
        choices: Vec<Choice>,
    },
}

/// What was filled in, by the names of the fields; a name may come several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled(Vec<(String, String)>);

impl Filled {
    /// Takes what a form sent.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Filled(pairs)
    }

    /// The value of a field; empty where there is none.
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// The value of a field exactly as it was typed; empty where there is none.
    pub fn exactly(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field, without the empty ones.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim()).filter(|v| !v.is_empty())
    }

    /// The words of a field: what stands between blanks, commas and line ends.
    pub fn words<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let between = |c: char| c.is_whitespace() || c == ',';
        self.all(name).flat_map(move |text| text.split(between)).filter(|word| !word.is_empty())
    }
}

/// The use cases of the sheets. Every function authorizes its own calls, as the IAM user that the person also is.
pub trait Sheets: Send + Sync + 'static {
    /// What stands on a sheet of [`SHEETS`].
    fn sheet(&self, person: &Person, name: &str) -> Answer<'_, Sheet>;

    /// Does what a button or a form of a sheet is for.
    fn act(&self, person: &Person, name: &str, act: &str, filled: Filled) -> Answer<'_, Done>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_name_and_in_words() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let filled = Filled::new(vec![pair("a", " x "), pair("b", "1, 2\n3"), pair("a", ""), pair("a", "y")]);
        assert_eq!((filled.one("a"), filled.one("c")), ("x", ""));
        assert_eq!(filled.all("a").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(filled.words("b").collect::<Vec<_>>(), ["1", "2", "3"]);
    }
}
