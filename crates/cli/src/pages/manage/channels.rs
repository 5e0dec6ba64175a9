//! Channels with their guardrails: of one, of a selection, of a workspace, of all, and what the account sets for every one.

use bailiwick_chat::Tone;
use bailiwick_console::{Act, Cell, Choice, Fault, Field, Filled, Form, Health, Person, Row, Section};
use serde_json::{Value as Json, json};

use super::{list, names, some_list, text, unless_refused};
use crate::pages::Pages;

/// Where configurations are listed: the operation, the member of its answer, and what the platform is called.
const LISTS: [((&str, &str), &str, &str); 3] = [
    (("bailiwick", "DescribeRoomConfigurations"), "RoomConfigurations", "room"),
    (("chatbot", "DescribeSlackChannelConfigurations"), "SlackChannelConfigurations", "Slack"),
    (("chatbot", "ListMicrosoftTeamsChannelConfigurations"), "TeamChannelConfigurations", "Teams"),
];

fn arn(configuration: &Json) -> &str {
    text(configuration, "/ChatConfigurationArn")
}

fn guardrails(configuration: &Json) -> Vec<&str> {
    list(configuration, "/GuardrailPolicyArns").filter_map(Json::as_str).collect()
}

/// A configuration as a row. `open`: its guardrails limit nothing.
fn row(configuration: &Json, platform: &str, open: bool) -> Row {
    let health = match (text(configuration, "/State"), open) {
        ("DISABLED", _) => Health { tone: Tone::Bad, word: "disabled".to_owned() },
        (_, true) => Health { tone: Tone::Caution, word: "guardrails limit nothing".to_owned() },
        _ => Health { tone: Tone::Good, word: "enabled".to_owned() },
    };
    let role = text(configuration, "/IamRoleArn");
    let guarded = guardrails(configuration);
    let setting = match configuration.get("UserAuthorizationRequired").and_then(Json::as_bool) {
        Some(true) => "user roles",
        _ => "channel role",
    };
    let detach = Act {
        act: "detach-one",
        label: "Detach the protection policy".to_owned(),
        question: Some("Without another guardrail, the roles alone limit this channel.".to_owned()),
        values: vec![("channel", arn(configuration).to_owned())],
    };
    Row {
        cells: vec![
            Cell::State(health, text(configuration, "/StateReason").to_owned()),
            Cell::Text(format!("{} ({platform})", text(configuration, "/ConfigurationName"))),
            Cell::Code(role.rsplit('/').next().unwrap_or(role).to_owned()),
            Cell::Text(setting.to_owned()),
            Cell::Text(match guarded.is_empty() {
                true => "the account's default".to_owned(),
                false => names(guarded.into_iter()),
            }),
        ],
        acts: if open { Vec::new() } else { vec![detach] },
        more: None,
    }
}

fn guardrail_forms(channels: &[Choice]) -> Vec<Form> {
    let where_to = || {
        let choice = |value: &str, label: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            about: String::new(),
        };
        vec![
            Field::One {
                name: "scope",
                label: "Which channels",
                choices: vec![
                    choice("chosen", "those ticked below"),
                    choice("workspace", "those of a workspace or team"),
                    choice("all", "all of the account"),
                ],
            },
            Field::Any { name: "channel", label: "Channels", choices: channels.to_vec() },
            Field::Line {
                name: "workspace",
                label: "Workspace or team",
                value: String::new(),
                about: "Its id, such as T01ABCDE.",
                required: false,
            },
        ]
    };
    let policies = Field::Text {
        name: "policies",
        label: "Guardrail policies",
        value: String::new(),
        about: "ARNs, at most ten. Channels that name none are held by the account's default, and else by the protection policy.",
    };
    vec![
        Form {
            act: "set",
            heading: "Set guardrails".to_owned(),
            says: "They take the place of what those channels have.".to_owned(),
            button: "Set guardrails".to_owned(),
            values: Vec::new(),
            fields: std::iter::once(policies).chain(where_to()).collect(),
        },
        Form {
            act: "detach",
            heading: "Detach the protection policy".to_owned(),
            says: "A channel without another guardrail is then limited by its roles alone, and names AdministratorAccess to say so.".to_owned(),
            button: "Detach the protection policy".to_owned(),
            values: Vec::new(),
            fields: where_to(),
        },
    ]
}

impl Pages {
    pub(super) async fn channel_sections(&self, person: &Person) -> Result<Vec<Section>, Fault> {
        let directory = self.authority.directory();
        let (mut rows, mut channels, mut refused) = (Vec::new(), Vec::new(), None);
        for (from, member, platform) in LISTS {
            match self.all(person, from, json!({}), member).await {
                Ok(all) => {
                    for one in &all {
                        let arns: Vec<String> = guardrails(one).into_iter().map(str::to_owned).collect();
                        let open = self.authority.managed_policies().limit_nothing(&directory, &arns);
                        channels.push(Choice {
                            value: arn(one).to_owned(),
                            label: format!("{} ({platform})", text(one, "/ConfigurationName")),
                            about: String::new(),
                        });
                        rows.push(row(one, platform, open));
                    }
                }
                Err(Fault::Refused(why)) => refused = Some(why),
                Err(fault) => return Err(fault),
            }
        }
        let (says, empty) = match refused {
            Some(why) if rows.is_empty() => (String::new(), format!("Not shown: {why}.")),
            Some(why) => (format!("Some are not shown: {why}."), String::new()),
            None => {
                let empty = "No channel is bound yet. Bind a room with aws bailiwick create-room-configuration.";
                (String::new(), empty.to_owned())
            }
        };
        let bound = Section {
            heading: "Channels".to_owned(),
            says,
            picture: None,
            empty,
            columns: vec!["State", "Channel", "Role", "Role setting", "Guardrails"],
            rows,
            forms: Vec::new(),
        };
        let account = self.ask(person, "bailiwick", "GetAccountGuardrails", json!({})).await;
        let set = guardrail_forms(&channels);
        let many = Section { heading: "Guardrails of several channels".to_owned(), forms: set, ..Section::default() };
        let of_account = unless_refused(
            Section {
                heading: "What the account sets for every channel".to_owned(),
                empty: "Nothing is set.".to_owned(),
                columns: vec!["What", "Policies"],
                forms: vec![account_form(account.as_ref().ok())],
                ..Section::default()
            },
            account.map(|account| account_rows(&account)),
        )?;
        Ok(vec![bound, many, of_account])
    }

    pub(super) async fn channel_act(&self, person: &Person, act: &str, filled: &Filled) -> Result<String, Fault> {
        if act == "account" {
            let arns = |field| filled.words(field).collect::<Vec<_>>();
            let input = json!({
                "DefaultGuardrailPolicyArns": arns("default"),
                "MinimumGuardrailPolicyArns": arns("minimum"),
            });
            self.ask(person, "bailiwick", "UpdateAccountGuardrails", input).await?;
            return Ok("set for every channel of the account".to_owned());
        }
        let mut input = match (act, filled.one("scope")) {
            ("detach-one", _) | (_, "chosen") => match some_list(filled.all("channel")) {
                Some(channels) => json!({"ChatConfigurationArns": channels}),
                None => return Err(Fault::Invalid("tick the channels it is about".to_owned())),
            },
            (_, "workspace") if filled.one("workspace").is_empty() => {
                return Err(Fault::Invalid("name the workspace or team it is about".to_owned()));
            }
            (_, "workspace") => json!({"WorkspaceId": filled.one("workspace")}),
            (_, "all") => json!({"AllConfigurations": true}),
            _ => return Err(Fault::Invalid("say which channels it is about".to_owned())),
        };
        let operation = match act {
            "set" => {
                let policies = some_list(filled.words("policies"));
                input["GuardrailPolicyArns"] =
                    policies.ok_or_else(|| Fault::Invalid("name at least one policy".to_owned()))?;
                "SetGuardrails"
            }
            "detach" | "detach-one" => "DetachProtectionPolicy",
            _ => return Err(Fault::NotFound("form")),
        };
        let done = self.ask(person, "bailiwick", operation, input).await?;
        let changed: Vec<&str> = list(&done, "/ChatConfigurationArns").filter_map(Json::as_str).collect();
        Ok(match changed.is_empty() {
            true => "nothing had to be changed".to_owned(),
            false => format!("changed {}", names(changed.into_iter())),
        })
    }
}

fn of_account<'a>(account: &'a Json, which: &str) -> Vec<&'a str> {
    list(account, &format!("/AccountGuardrails/{which}GuardrailPolicyArns")).filter_map(Json::as_str).collect()
}

fn account_rows(account: &Json) -> Vec<Row> {
    let row = |what: &str, which: &str, none: &str| Row {
        cells: vec![
            Cell::Text(what.to_owned()),
            match of_account(account, which).as_slice() {
                [] => Cell::Text(none.to_owned()),
                arns => Cell::Code(arns.join(", ")),
            },
        ],
        ..Row::default()
    };
    vec![
        row("Default, for channels that name none", "Default", "the protection policy"),
        row("Minimum, beside what channels name", "Minimum", "no further limit"),
    ]
}

fn account_form(account: Option<&Json>) -> Form {
    let filled = |which| account.map(|account| of_account(account, which).join("\n")).unwrap_or_default();
    Form {
        act: "account",
        heading: "Set them".to_owned(),
        says: "An empty field takes them back.".to_owned(),
        button: "Set for the account".to_owned(),
        values: Vec::new(),
        fields: vec![
            Field::Text { name: "default", label: "Default", value: filled("Default"), about: "ARNs, at most ten." },
            Field::Text { name: "minimum", label: "Minimum", value: filled("Minimum"), about: "ARNs, at most ten." },
        ],
    }
}
