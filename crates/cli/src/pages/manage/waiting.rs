//! Commands that wait for people.

use bailiwick_chat::Tone;
use bailiwick_console::{Act, Cell, Fault, Filled, Health, Person, Row, Section};
use serde_json::{Value as Json, json};

use super::{list, moment, name, text, unless_refused};
use crate::pages::Pages;

fn approval(command: &Json) -> Row {
    let of = |act, label: &str| Act {
        act,
        label: label.to_owned(),
        question: None,
        values: vec![
            ("command", text(command, "/CommandId").to_owned()),
            ("digest", text(command, "/Digest").to_owned()),
        ],
    };
    let given: Vec<&str> = list(command, "/Approvers").filter_map(Json::as_str).collect();
    let needed = command.get("ApprovalsNeeded").and_then(Json::as_u64).unwrap_or_default();
    let given = match given.as_slice() {
        [] => format!("0 of {needed}"),
        names => format!("{} of {needed}: {}", names.len(), names.join(", ")),
    };
    Row {
        cells: vec![
            Cell::Code(text(command, "/CommandText").to_owned()),
            Cell::Text(text(command, "/RequesterName").to_owned()),
            Cell::Text(name(text(command, "/ChatConfigurationArn")).to_owned()),
            Cell::Code(text(command, "/RoleName").to_owned()),
            Cell::Text(given),
            Cell::Moment(moment(command, "/ExpiresTimestamp")),
        ],
        acts: vec![of("approve", "Approve"), of("reject", "Reject")],
        more: None,
    }
}

fn doubt(command: &Json) -> Row {
    let of = |act, label: &str| Act {
        act,
        label: label.to_owned(),
        question: Some("Only one answer counts, and it is recorded under your name.".to_owned()),
        values: vec![("command", text(command, "/CommandId").to_owned())],
    };
    let health = Health { tone: Tone::Caution, word: "not known".to_owned() };
    Row {
        cells: vec![
            Cell::State(health, String::new()),
            Cell::Code(text(command, "/CommandText").to_owned()),
            Cell::Text(text(command, "/RequesterName").to_owned()),
            Cell::Text(name(text(command, "/ChatConfigurationArn")).to_owned()),
            Cell::Moment(moment(command, "/RequestedTimestamp")),
        ],
        acts: vec![of("ran", "It ran"), of("did-not-run", "It did not run")],
        more: None,
    }
}

impl Pages {
    pub(super) async fn waiting_sections(&self, person: &Person) -> Result<Vec<Section>, Fault> {
        let all = self.all(person, ("bailiwick", "ListPendingCommands"), json!({}), "Commands").await;
        let in_state = |state: &str, row: fn(&Json) -> Row| -> Result<Vec<Row>, Fault> {
            let all = all.as_ref().map_err(Clone::clone)?;
            Ok(all.iter().filter(|command| text(command, "/State") == state).map(row).collect())
        };
        let approvals = Section {
            heading: "Commands that wait for approval".to_owned(),
            says: "You approve exactly this call, under the policies as they are, once; nobody approves their own unless a policy asks for it.".to_owned(),
            empty: "Nothing waits for approval.".to_owned(),
            columns: vec!["Command", "Asked by", "Channel", "As", "Approved", "Lapses"],
            ..Section::default()
        };
        let doubts = Section {
            heading: "Commands in doubt".to_owned(),
            says: "The connection or the process broke off before the answer came. Look, and say what happened."
                .to_owned(),
            empty: "Of every command it is known whether it ran.".to_owned(),
            columns: vec!["Whether it ran", "Command", "Asked by", "Channel", "When"],
            ..Section::default()
        };
        Ok(vec![
            unless_refused(approvals, in_state("AWAITING_APPROVAL", approval))?,
            unless_refused(doubts, in_state("AMBIGUOUS", doubt))?,
        ])
    }

    pub(super) async fn waiting_act(&self, person: &Person, act: &str, filled: &Filled) -> Result<String, Fault> {
        let command = filled.one("command");
        let (operation, input, done) = match act {
            "approve" | "reject" => {
                let input = json!({"CommandId": command, "Digest": filled.one("digest")});
                match act {
                    "approve" => ("ApproveCommand", input, "approved; the channel is told"),
                    _ => ("RejectCommand", input, "rejected; the channel is told"),
                }
            }
            "ran" | "did-not-run" => {
                let outcome = if act == "ran" { "RAN" } else { "DID_NOT_RUN" };
                let input = json!({"CommandId": command, "Outcome": outcome});
                ("ResolveCommand", input, "recorded; the channel is told")
            }
            _ => return Err(Fault::NotFound("button")),
        };
        self.ask(person, "bailiwick", operation, input).await?;
        Ok(done.to_owned())
    }
}
