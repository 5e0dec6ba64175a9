//! Rulings, answers and mistakes as cards.

use bailiwick_authority::{Changer, Ruling, StepState};
use bailiwick_chat::cards::{self, Ran, Refusal};
use bailiwick_chat::{Block, Button, ButtonId, Card, Tone, TraceLine, TraceVerdict, TreeLine};
use bailiwick_command::help::Help;
use bailiwick_command::output::tree::{Line, Tree, Window};
use bailiwick_command::output::{self, Format};
use bailiwick_command::parse::{Mistake, Options};
use serde_json::Value as Json;

/// The refusal of a ruling: one sentence, the facts, who can change it.
pub(crate) fn refusal(ruling: &Ruling, command: &str) -> Card {
    let stopped = ruling.stopped_by().unwrap_or_default();
    let (layer, says) = stopped.split_once(": ").unwrap_or((stopped.as_str(), ""));
    let refusal = Refusal {
        because: sentence(&ruling.sentence()),
        asked: ruling.asked(),
        layer: layer.to_owned(),
        stopped: says.to_owned(),
        can_change: changers(&ruling.can_change),
        approval_helps: false,
    };
    cards::refusal(&refusal, command)
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn changers(changers: &[Changer]) -> String {
    let one = |changer: &Changer| match changer.names.as_slice() {
        [] => changer.role.clone(),
        names => format!("{}: {}", changer.role, names.join(", ")),
    };
    changers.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Every layer of a ruling, one line each.
pub(crate) fn trace(ruling: &Ruling) -> Card {
    let lines = ruling.steps.iter().map(|step| {
        let verdict = match step.state {
            StepState::NotDecidedHere => TraceVerdict::NotDecided,
            StepState::NotThere => TraceVerdict::NotThere,
            StepState::Passed => TraceVerdict::Passed,
            StepState::Stopped => TraceVerdict::Stopped,
        };
        let note = match &step.value {
            Some(value) => format!("{} ({value})", step.text),
            None => step.text.clone(),
        };
        let line = TraceLine::new(step.number, &step.name, verdict, note);
        match &step.statement {
            Some(statement) => line.quote(quoted(statement, &ruling.asked())),
            None => line,
        }
    });
    let card = cards::trace(&ruling.asked(), lines.collect());
    match ruling.residual.as_slice() {
        [] => card,
        needed => card.text(format!("It would be allowed with: {}.", needed.join("; "))),
    }
}

/// A statement as a trace quotes it: of a long list of actions only those of the service that was asked, and never more
/// than a few lines.
fn quoted(statement: &str, asked: &str) -> String {
    const MANY: usize = 8;
    const LONG: usize = 600;
    let prefix =
        asked.split_once(':').map(|(service, _)| format!("{}:", service.to_ascii_lowercase())).unwrap_or_default();
    let mut text = statement.to_owned();
    if let Ok(mut json) = serde_json::from_str::<Json>(statement) {
        for element in ["Action", "NotAction"] {
            let Some(Json::Array(actions)) = json.get_mut(element) else { continue };
            let all = actions.len();
            if all > MANY {
                actions.retain(|action| {
                    action
                        .as_str()
                        .is_some_and(|action| action == "*" || action.to_ascii_lowercase().starts_with(&prefix))
                });
                actions.push(Json::String(format!("... {} of other services", all - actions.len())));
            }
        }
        text = json.to_string();
    }
    match bailiwick_chat::limits::cut(&text, LONG) {
        (cut, true) => format!("{cut} ..."),
        (whole, false) => whole.to_owned(),
    }
}

/// The answer of a call: the readable tree, or exactly what the AWS CLI prints when a format or a query was asked for.
/// The text of the whole answer as JSON comes with it.
pub(crate) fn answer(ran: &Ran, operation: &str, options: &Options, response: &Json, target: &str) -> (Card, String) {
    let json = output::render(Format::Json, operation, response).unwrap_or_default();
    let queried = match &options.query {
        None => Ok(None),
        Some(query) => query.search(response).map(Some),
    };
    let shown = match queried {
        Err(error) => {
            let card = Card::titled(format!("{error}.")).state(Tone::Bad, "The query failed");
            return (card.text("The call itself ran; Raw JSON has its answer.").button(raw(target)), json);
        }
        Ok(None) => response.clone(),
        Ok(Some(shown)) => shown,
    };
    let format = options.output.or(options.query.as_ref().map(|_| Format::Json));
    let card = match format {
        None => tree(ran, response, target),
        Some(format) => match output::render(format, operation, &shown) {
            Ok(text) => cards::answer_exact(ran, text, Some(format.as_str()), target),
            Err(error) => Card::titled(format!("{error}.")).state(Tone::Bad, "Not shown").button(raw(target)),
        },
    };
    (card, json)
}

fn raw(target: &str) -> Button {
    Button::new(ButtonId::RawJson, target)
}

fn tree(ran: &Ran, response: &Json, target: &str) -> Card {
    let tree = Tree::of(response, Window::default());
    let card = cards::answer_tree(ran, tree_lines(&tree.lines), target);
    match (tree.page, tree.cut) {
        (Some(page), _) => card.footer(format!("{page}; the whole answer is under Raw JSON")),
        (None, true) => card.footer("Cut; the whole answer is under Raw JSON"),
        (None, false) => card,
    }
}

/// The lines of a card's tree. An item without a name of its own begins with its first member instead of a lone dash.
fn tree_lines(lines: &[Line]) -> Vec<TreeLine> {
    let mut out: Vec<TreeLine> = Vec::with_capacity(lines.len());
    for line in lines.iter().map(tree_line) {
        match out.last_mut() {
            Some(last) if last.bullet && last.name == "-" && last.value.is_empty() => {
                *last = TreeLine { depth: last.depth, bullet: true, ..line };
            }
            _ => out.push(line),
        }
    }
    out
}

fn tree_line(line: &Line) -> TreeLine {
    let mut spans = line.spans.iter().map(|span| span.text.as_str());
    let first = spans.next().unwrap_or_default();
    TreeLine {
        depth: u8::try_from(line.indent).unwrap_or(u8::MAX),
        bullet: line.bullet,
        name: first.trim_end_matches(':').to_owned(),
        value: spans.collect::<Vec<_>>().join("  "),
    }
}

/// A command that was not understood.
pub(crate) fn mistake(mistake: &Mistake) -> Card {
    let problem = match mistake.understood.as_str() {
        "" => format!("{}.", mistake.wrong),
        understood => format!("{understood}: {}.", mistake.wrong),
    };
    let suggestions: Vec<String> = mistake.suggestion.iter().map(|command| format!("@aws {command}")).collect();
    cards::mistake(&problem, &suggestions)
}

/// A page of help.
pub(crate) fn help(help: &Help) -> Card {
    Card::titled("Help").block(Block::Code { text: help.to_text(), language: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_quoted_by_what_concerns_the_call() {
        let actions: Vec<String> = (0..100).map(|n| format!("svc{n}:Get*")).chain(["SNS:List*".to_owned()]).collect();
        let statement = serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": "*"}).to_string();
        let quote = quoted(&statement, "sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms");
        assert_eq!(quote, r#"{"Effect":"Allow","Action":["SNS:List*","... 100 of other services"],"Resource":"*"}"#);
        assert_eq!(quoted("not json", "sns:Publish"), "not json");
        assert!(quoted(&"x".repeat(5_000), "sns:Publish").len() < 700);
    }
}
