//! Channel roles, made of templates in one step.

use bailiwick_console::{Cell, Choice, Fault, Field, Filled, Form, Person, Row, Section};
use serde_json::{Value as Json, json};

use super::{list, name, some_list, text, unless_refused};
use crate::pages::Pages;

fn template(of: &Json) -> Row {
    let document: Json = serde_json::from_str(text(of, "/PolicyDocument")).unwrap_or_default();
    Row {
        cells: vec![
            Cell::Text(text(of, "/Title").to_owned()),
            Cell::Text(text(of, "/Description").to_owned()),
            Cell::Code(text(of, "/PolicyName").to_owned()),
        ],
        acts: Vec::new(),
        more: serde_json::to_string_pretty(&document).ok(),
    }
}

impl Pages {
    pub(super) async fn role_sections(&self, person: &Person) -> Result<Vec<Section>, Fault> {
        let listed = self.all(person, ("bailiwick", "ListChannelRoleTemplates"), json!({}), "Templates").await;
        let choice = |of: &Json| Choice {
            value: text(of, "/Template").to_owned(),
            label: text(of, "/Title").to_owned(),
            about: text(of, "/Description").to_owned(),
        };
        let choices = listed.as_ref().map(|all| all.iter().map(choice).collect()).unwrap_or_default();
        let create = Form {
            act: "create",
            heading: "New role".to_owned(),
            says: "It is trusted by chatbot.amazonaws.com and has ReadOnlyAccess beside what is chosen here. What it may do later is for IAM to change.".to_owned(),
            button: "Create the role".to_owned(),
            values: Vec::new(),
            fields: vec![
                Field::Line { name: "name", label: "Name", value: String::new(), about: "", required: true },
                Field::Any { name: "template", label: "Templates", choices },
                Field::Text {
                    name: "policies",
                    label: "Further policies",
                    value: String::new(),
                    about: "ARNs of managed policies, of AWS or of the account. aws bailiwick search-policies finds them by a part of their name.",
                },
            ],
        };
        let templates = Section {
            heading: "Templates".to_owned(),
            empty: "There are no templates.".to_owned(),
            columns: vec!["Template", "What it permits", "Policy"],
            forms: vec![create],
            ..Section::default()
        };
        Ok(vec![unless_refused(templates, listed.map(|all| all.iter().map(template).collect()))?])
    }

    pub(super) async fn role_act(&self, person: &Person, act: &str, filled: &Filled) -> Result<String, Fault> {
        if act != "create" {
            return Err(Fault::NotFound("form"));
        }
        let mut input = json!({"RoleName": filled.one("name")});
        for (member, values) in
            [("Templates", some_list(filled.all("template"))), ("PolicyArns", some_list(filled.words("policies")))]
        {
            if let Some(values) = values {
                input[member] = values;
            }
        }
        let made = self.ask(person, "bailiwick", "CreateChannelRole", input).await?;
        let policies: Vec<&str> = list(&made, "/PolicyArns").filter_map(Json::as_str).map(name).collect();
        Ok(format!("the role {} was created with {}", text(&made, "/IamRoleArn"), policies.join(", ")))
    }
}
