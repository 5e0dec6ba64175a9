//! The organization's chatbot policies: which there are and where they are attached, and what holds for an account in the end.

use bailiwick_console::{Act, Cell, Fault, Field, Filled, Form, Person, Row, Section};
use serde_json::{Value as Json, json};

use super::{text, unless_refused};
use crate::pages::Pages;

const KIND: &str = "CHATBOT_POLICY";

/// JSON as people read it; what is none stays as it is.
fn pretty(document: &str) -> String {
    let read: Result<Json, _> = serde_json::from_str(document);
    read.ok().and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| document.to_owned())
}

impl Pages {
    pub(super) async fn policy_sections(&self, person: &Person) -> Result<Vec<Section>, Fault> {
        let listed = self.policies(person).await;
        let create = Form {
            act: "create",
            heading: "New policy".to_owned(),
            says: "It limits nothing before it is attached.".to_owned(),
            button: "Create the policy".to_owned(),
            values: Vec::new(),
            fields: vec![
                Field::Line { name: "name", label: "Name", value: String::new(), about: "", required: true },
                Field::Text {
                    name: "content",
                    label: "Content",
                    value: "{\n  \"chatbot\": {\n    \"platforms\": {\n      \"slack\": { \"client\": { \"@@assign\": \"enabled\" } }\n    },\n    \"default\": { \"client\": { \"@@assign\": \"disabled\" } }\n  }\n}".to_owned(),
                    about: "JSON, in the syntax of AWS Organizations' chat applications policies.",
                },
            ],
        };
        let attach = Form {
            act: "attach",
            heading: "Attach a policy".to_owned(),
            says: "Channels comply at once, also those that were there before.".to_owned(),
            button: "Attach".to_owned(),
            values: Vec::new(),
            fields: vec![
                Field::Line { name: "policy", label: "Policy", value: String::new(), about: "Its id.", required: true },
                Field::Line {
                    name: "target",
                    label: "Root, unit or account",
                    value: String::new(),
                    about: "Its id, such as r-ab12, ou-ab12-11111111 or 444455556666.",
                    required: true,
                },
            ],
        };
        let policies = Section {
            heading: "Policies".to_owned(),
            says: "The management account and its delegated administrators make and attach them.".to_owned(),
            empty: "There is no chatbot policy: accounts use chat as they like.".to_owned(),
            columns: vec!["Name", "Id", "Attached to"],
            forms: vec![attach, create],
            ..Section::default()
        };
        let effective = Section {
            heading: "What holds for this account".to_owned(),
            says: "Inherited from the root, the units and the account's own policies.".to_owned(),
            empty: "No chatbot policy holds for this account.".to_owned(),
            columns: vec!["Account", "As of"],
            ..Section::default()
        };
        let holds = self.effective(person).await;
        Ok(vec![unless_refused(effective, holds)?, unless_refused(policies, listed)?])
    }

    async fn effective(&self, person: &Person) -> Result<Vec<Row>, Fault> {
        let input = json!({"PolicyType": KIND});
        let found = match self.ask(person, "organizations", "DescribeEffectivePolicy", input).await {
            Ok(found) => found,
            // Where nothing is attached there is none, which is an answer of its own.
            Err(Fault::Invalid(_)) => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let policy = found.get("EffectivePolicy").cloned().unwrap_or_default();
        let row = Row {
            cells: vec![
                Cell::Code(text(&policy, "/TargetId").to_owned()),
                Cell::Moment(super::moment(&policy, "/LastUpdatedTimestamp")),
            ],
            acts: Vec::new(),
            more: Some(pretty(text(&policy, "/PolicyContent"))),
        };
        Ok(vec![row])
    }

    async fn policies(&self, person: &Person) -> Result<Vec<Row>, Fault> {
        let all = self.all(person, ("organizations", "ListPolicies"), json!({"Filter": KIND}), "Policies").await?;
        let mut rows = Vec::new();
        for summary in &all {
            let id = text(summary, "/Id");
            let whole = self.ask(person, "organizations", "DescribePolicy", json!({"PolicyId": id})).await?;
            let targets =
                self.all(person, ("organizations", "ListTargetsForPolicy"), json!({"PolicyId": id}), "Targets").await?;
            let detach = |target: &Json| Act {
                act: "detach",
                label: format!("Detach from {}", text(target, "/TargetId")),
                question: Some("Channels comply at once.".to_owned()),
                values: vec![("policy", id.to_owned()), ("target", text(target, "/TargetId").to_owned())],
            };
            let attached: Vec<String> =
                targets.iter().map(|t| format!("{} ({})", text(t, "/Name"), text(t, "/TargetId"))).collect();
            rows.push(Row {
                cells: vec![
                    Cell::Text(text(summary, "/Name").to_owned()),
                    Cell::Code(id.to_owned()),
                    Cell::Text(if attached.is_empty() { "nothing".to_owned() } else { attached.join(", ") }),
                ],
                acts: targets.iter().map(detach).collect(),
                more: Some(pretty(text(&whole, "/Policy/Content"))),
            });
        }
        Ok(rows)
    }

    pub(super) async fn policy_act(&self, person: &Person, act: &str, filled: &Filled) -> Result<String, Fault> {
        let place = || json!({"PolicyId": filled.one("policy"), "TargetId": filled.one("target")});
        match act {
            "attach" => {
                self.ask(person, "organizations", "AttachPolicy", place()).await?;
                Ok(format!("attached to {}", filled.one("target")))
            }
            "detach" => {
                self.ask(person, "organizations", "DetachPolicy", place()).await?;
                Ok(format!("detached from {}", filled.one("target")))
            }
            "create" => {
                let input = json!({
                    "Name": filled.one("name"),
                    "Description": "",
                    "Type": KIND,
                    "Content": filled.one("content"),
                });
                let made = self.ask(person, "organizations", "CreatePolicy", input).await?;
                Ok(format!("the policy {} was created", text(&made, "/Policy/PolicySummary/Id")))
            }
            _ => Err(Fault::NotFound("form")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_shown_as_people_read_it() {
        assert_eq!(pretty(r#"{"a":{"b":1}}"#), "{\n  \"a\": {\n    \"b\": 1\n  }\n}");
        assert_eq!(pretty("no json"), "no json");
    }
}
