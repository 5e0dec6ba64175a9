//! The buttons under a card.

/// What a button asks for. The set is closed, so that no platform can invent an act; what a press means for a given
/// person is decided anew when it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ButtonId {
    /// Run the command that was shown.
    Run,
    /// Do not run it.
    Cancel,
    /// Ask for the options that may be added.
    AddOptions,
    /// Run the same command again, as a new command.
    RunAgain,
    /// Show the decision layer by layer.
    Why,
    /// Show the result as JSON.
    RawJson,
    /// Show the following items.
    More,
    /// Ask those who may approve.
    AskForApproval,
    /// Approve what was asked.
    Approve,
    /// Refuse what was asked.
    Reject,
    /// Choose the answer that the button carries as its value.
    Choose,
    /// Run the custom action that the button carries as its value.
    Act,
    /// Look whether a command ran of which that is not known.
    Check,
    /// Say that a command ran of which that was not known.
    ItRan,
    /// Say that a command did not run of which that was not known.
    ItDidNotRun,
}

impl ButtonId {
    /// Every button.
    pub const ALL: [ButtonId; 15] = [
        ButtonId::Run,
        ButtonId::Cancel,
        ButtonId::AddOptions,
        ButtonId::RunAgain,
        ButtonId::Why,
        ButtonId::RawJson,
        ButtonId::More,
        ButtonId::AskForApproval,
        ButtonId::Approve,
        ButtonId::Reject,
        ButtonId::Choose,
        ButtonId::Act,
        ButtonId::Check,
        ButtonId::ItRan,
        ButtonId::ItDidNotRun,
    ];

    /// A stable name, for stored forms and forms on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            ButtonId::Run => "run",
            ButtonId::Cancel => "cancel",
            ButtonId::AddOptions => "add-options",
            ButtonId::RunAgain => "run-again",
            ButtonId::Why => "why",
            ButtonId::RawJson => "raw-json",
            ButtonId::More => "more",
            ButtonId::AskForApproval => "ask-for-approval",
            ButtonId::Approve => "approve",
            ButtonId::Reject => "reject",
            ButtonId::Choose => "choose",
            ButtonId::Act => "act",
            ButtonId::Check => "check",
            ButtonId::ItRan => "it-ran",
            ButtonId::ItDidNotRun => "it-did-not-run",
        }
    }

    /// The button of that name; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.as_str() == name)
    }

    /// The usual label.
    pub fn label(self) -> &'static str {
        match self {
            ButtonId::Run => "Run",
            ButtonId::Cancel => "Cancel",
            ButtonId::AddOptions => "Add options",
            ButtonId::RunAgain => "Run again",
            ButtonId::Why => "Why?",
            ButtonId::RawJson => "Raw JSON",
            ButtonId::More => "Show more",
            ButtonId::AskForApproval => "Ask for approval",
            ButtonId::Approve => "Approve",
            ButtonId::Reject => "Reject",
            ButtonId::Choose => "Choose",
            ButtonId::Act => "Run action",
            ButtonId::Check => "Look",
            ButtonId::ItRan => "It ran",
            ButtonId::ItDidNotRun => "It did not run",
        }
    }
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ButtonStyle {
    /// One of several.
    #[default]
    Plain,
    /// What most people will want.
    Primary,
    /// What destroys or cannot be undone.
    Danger,
}

impl ButtonStyle {
    /// A stable name, for stored forms and style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            ButtonStyle::Plain => "plain",
            ButtonStyle::Primary => "primary",
            ButtonStyle::Danger => "danger",
        }
    }

    /// The style of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [ButtonStyle::Plain, ButtonStyle::Primary, ButtonStyle::Danger].into_iter().find(|s| s.as_str() == name)
    }
}

/// One button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it asks for.
    pub id: ButtonId,
    /// What it is about: the id of the command, approval or question. Comes back with the press and must be checked
    /// there: a press is a request of whoever presses, not a proof that the card was shown to them.
    pub target: String,
    /// What it says.
    pub label: String,
    /// How it looks.
    pub style: ButtonStyle,
    /// A question that is asked before the press counts, where the platform can.
    pub confirm: Option<String>,
    /// The choice it stands for, with [`ButtonId::Choose`].
    pub value: Option<String>,
}

impl Button {
    /// A button with its usual label.
    pub fn new(id: ButtonId, target: impl Into<String>) -> Self {
        Button {
            id,
            target: target.into(),
            label: id.label().to_owned(),
            style: ButtonStyle::Plain,
            confirm: None,
            value: None,
        }
    }

    /// A choice: the value is what it answers, and also its label.
    pub fn choice(target: impl Into<String>, value: impl Into<String>) -> Self {
        let value = value.into();
        Button { label: value.clone(), value: Some(value), ..Button::new(ButtonId::Choose, target) }
    }

    /// Sets the value that comes back with the press.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Sets the style.
    pub fn style(mut self, style: ButtonStyle) -> Self {
        self.style = style;
        self
    }

    /// Sets the label.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Asks before the press counts.
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_has_a_name_that_reads_back() {
        for id in ButtonId::ALL {
            assert_eq!(ButtonId::parse(id.as_str()), Some(id));
            assert!(!id.label().is_empty());
        }
        assert_eq!(ButtonId::parse("Run"), None);
    }
}
