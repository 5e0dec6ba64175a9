//! The cards of a conversation: answer, confirmation, refusal, trace, question, mistake, outcome. Each takes what is
//! known as values and words it the one way the product speaks.

use crate::card::{Block, Button, ButtonId, ButtonStyle, Card, Fact, Tone, TraceLine, TreeLine};
use crate::phrase::Phrase;
use std::time::Duration;

/// What ran, or would run: the line in small type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ran {
    /// The command in short, for example `sns list-topics`.
    pub command: String,
    /// The account, for example `444455556666 (workload)`.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The role's name.
    pub role: String,
}

impl Ran {
    fn onto(&self, card: Card, with_command: bool) -> Card {
        let role = if self.role.is_empty() { String::new() } else { format!("as {}", self.role) };
        let card = if with_command { card.context(&self.command) } else { card };
        let account = match (with_command, self.account.is_empty()) {
            (false, false) => format!("Account {}", self.account),
            _ => self.account.clone(),
        };
        card.context(account).context(&self.region).context(role)
    }
}

/// The answer of a command as a readable tree. `target` is the command's id.
pub fn answer_tree(ran: &Ran, lines: Vec<TreeLine>, target: &str) -> Card {
    let empty = lines.is_empty();
    let card = ran.onto(Card::default(), true).block(Block::Tree(lines));
    let card = if empty { card.text("Done. The answer is empty.") } else { card };
    card.button(Button::new(ButtonId::RawJson, target)).button(Button::new(ButtonId::RunAgain, target))
}

/// The answer of a command exactly as the AWS CLI prints it (`--output json`, `yaml`, `text` or `table`).
pub fn answer_exact(ran: &Ran, text: String, language: Option<&str>, target: &str) -> Card {
    let text = if text.trim().is_empty() { "(nothing)".to_owned() } else { text };
    let block = Block::Code { text, language: language.map(str::to_owned) };
    ran.onto(Card::default(), true).block(block).button(Button::new(ButtonId::RunAgain, target))
}

/// Asks the requester to confirm a command. `changes` says what it does, for example `changes data: yes`; `danger` asks
/// a second time before the press counts.
pub fn confirm(ran: &Ran, command: &str, changes: &str, danger: bool, target: &str, waits: &Phrase<'_>) -> Card {
    let run = Button::new(ButtonId::Run, target);
    let run = if danger {
        run.style(ButtonStyle::Danger).confirm("This cannot be undone. Run it?")
    } else {
        run.style(ButtonStyle::Primary)
    };
    ran.onto(Card::default().state(Tone::Waiting, "Run this?").command(command), false)
        .context(changes)
        .button(run)
        .button(Button::new(ButtonId::AddOptions, target))
        .button(Button::new(ButtonId::Cancel, target))
        .footer(waits.to_string())
}

/// A refusal's facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// One sentence a person understands, without the words "not run", for example
    /// `this channel's guardrails do not allow sns:Publish.`
    pub because: String,
    /// The action and resource that were asked.
    pub asked: String,
    /// The layer that stopped it, for example `guardrails (protection policy, ReadOnlyAccess)`.
    pub layer: String,
    /// What that layer says.
    pub stopped: String,
    /// Who can change it.
    pub can_change: String,
    /// Whether an approval is the only thing missing.
    pub approval_helps: bool,
}

/// A call that was decided and does not run.
pub fn refusal(refusal: &Refusal, target: &str) -> Card {
    let mut facts = Vec::new();
    if !refusal.asked.is_empty() {
        facts.push(Fact::identifier("asked", &refusal.asked));
    }
    if !refusal.layer.is_empty() {
        let value = if refusal.stopped.is_empty() {
            refusal.layer.clone()
        } else {
            format!("{}: {}", refusal.layer, refusal.stopped)
        };
        facts.push(Fact::words("stopped by", value));
    }
    if !refusal.can_change.is_empty() {
        facts.push(Fact::words("can change it", &refusal.can_change));
    }
    let card = Card::titled(&refusal.because).state(Tone::Bad, "Not run").block(Block::Facts(facts));
    let card = if refusal.approval_helps {
        card.button(Button::new(ButtonId::AskForApproval, target).style(ButtonStyle::Primary))
    } else {
        card
    };
    card.button(Button::new(ButtonId::Why, target))
}

/// The answer to `Why?`: every layer, one line each.
pub fn trace(asked: &str, lines: Vec<TraceLine>) -> Card {
    Card::titled("Why").command(asked).block(Block::Trace(lines))
}

/// A question back for an option, one thing at a time, with choices where there are some.
pub fn question(option: &str, meaning: &str, choices: &[String], open_for: Duration, target: &str) -> Card {
    ask(&Phrase::WhichOption { option }.to_string(), meaning, choices, open_for, target)
}

/// A question back for anything, in its own words.
pub fn ask(title: &str, meaning: &str, choices: &[String], open_for: Duration, target: &str) -> Card {
    let mut card = Card::titled(title).text(meaning);
    for choice in choices {
        card = card.button(Button::choice(target, choice));
    }
    card.button(Button::new(ButtonId::Cancel, target)).footer(Phrase::AnswerInThread { open_for }.to_string())
}

/// A command that could not be understood: what was wrong, and the nearest right commands.
pub fn mistake(problem: &str, suggestions: &[String]) -> Card {
    let card = Card::titled(problem).state(Tone::Bad, "Not understood");
    match suggestions {
        [] => card.text("`@aws help` shows what can be asked."),
        [one] => card.text(format!("Did you mean `{one}`?")),
        many => {
            card.text("Did you mean one of these?").block(Block::List(many.iter().map(|s| format!("`{s}`")).collect()))
        }
    }
}

/// An error the service itself answered with.
pub fn service_error(ran: &Ran, operation: &str, code: &str, message: &str) -> Card {
    let title = Phrase::ServiceError { code, operation }.to_string();
    ran.onto(Card::titled(title).state(Tone::Bad, "Failed"), true).block(Block::Quote(message.to_owned()))
}

/// A command that takes longer than the channel's time. Its outcome takes the place of this card.
pub fn running(ran: &Ran, after: Duration) -> Card {
    let title = Phrase::StillRunning { after }.to_string();
    ran.onto(Card::titled(title).state(Tone::Waiting, "Running"), true)
}

/// A call of which nobody knows whether it took place, with what can be done about it. `why` is what is known, if anything.
pub fn ambiguous(ran: &Ran, command: Option<&str>, why: &str, target: &str) -> Card {
    let card = note(Tone::Caution, "Ambiguous", &Phrase::Ambiguous);
    let card = command.into_iter().fold(card, Card::command);
    let card = ran.onto(card, true).text(why);
    card.button(Button::new(ButtonId::Check, target))
        .button(Button::new(ButtonId::ItRan, target))
        .button(Button::new(ButtonId::ItDidNotRun, target))
}

/// A sentence by itself, with a state.
pub fn note(tone: Tone, word: &str, phrase: &Phrase<'_>) -> Card {
    Card::titled(phrase.to_string()).state(tone, word)
}

#[cfg(test)]
mod tests;
