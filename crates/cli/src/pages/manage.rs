//! The sheets' use cases: every table and every button is calls of the services' own operations, made as the IAM user that the
//! person also is, and refused like them.

mod channels;
mod notifications;
mod policies;
mod roles;
mod waiting;
mod you;

use bailiwick_authority::{Call, Origin, Principal};
use bailiwick_aws::Value;
use bailiwick_aws::value::json::{BlobFormat, TimestampStyle, from_json, to_json};
use bailiwick_console::{Answer as Answering, Done, Fault, Filled, Person, Section, Sheet, Sheets, YOU};
use bailiwick_ident::{Region, Timestamp};
use bailiwick_services::Answer;
use serde_json::{Value as Json, json};

use super::Pages;

/// The most pages of a list that a sheet shows.
const PAGES: usize = 10;

/// The text at a JSON pointer; empty where there is none.
fn text<'a>(json: &'a Json, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// The list at a JSON pointer.
fn list<'a>(json: &'a Json, pointer: &str) -> impl Iterator<Item = &'a Json> + use<'a> {
    json.pointer(pointer).and_then(Json::as_array).into_iter().flatten()
}

fn moment(json: &Json, pointer: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text(json, pointer)).unwrap_or_default()
}

/// What comes after the last `/` of an ARN.
pub(super) fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn names<'a>(arns: impl Iterator<Item = &'a str>) -> String {
    arns.map(name).collect::<Vec<_>>().join(", ")
}

/// A part of a sheet whose list was refused says why, and the rest of the sheet is shown.
fn unless_refused(section: Section, listed: Result<Vec<bailiwick_console::Row>, Fault>) -> Result<Section, Fault> {
    match listed {
        Ok(rows) => Ok(Section { rows, ..section }),
        Err(Fault::Refused(why)) => Ok(Section { empty: format!("Not shown: {why}."), forms: Vec::new(), ..section }),
        Err(fault) => Err(fault),
    }
}

impl Pages {
    /// Makes one call as the person.
    pub(super) async fn ask(
        &self,
        person: &Person,
        service: &str,
        operation: &str,
        input: Json,
    ) -> Result<Json, Fault> {
        let (account, caller) = self.as_user(person)?;
        let model = self.pack.service(service).map_err(|error| self.internal(&error))?;
        let target = model.operation(operation).and_then(|operation| operation.input.as_ref());
        let input = match target {
            Some(target) => from_json(&model, target, &input, BlobFormat::RawInBase64Out)
                .map_err(|error| Fault::Invalid(error.to_string()))?,
            None => Value::empty(),
        };
        let call = Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            account,
            region: Region::us_east_1(),
            partition: self.partition.clone(),
            input,
        };
        match self.services.call(&caller, &Origin::Api, call).await {
            Ok(Answer::Output(output)) => Ok(to_json(&output, TimestampStyle::Rfc3339)),
            Ok(Answer::Fault(fault)) if fault.status < 500 => {
                Err(Fault::Invalid(fault.message.trim_end_matches('.').to_owned()))
            }
            Ok(Answer::Fault(fault)) => Err(self.internal(&fault)),
            Ok(Answer::Denied(ruling)) => Err(Fault::Refused(ruling.sentence())),
            Err(error) => Err(self.internal(&error)),
        }
    }

    /// All of a list, up to [`PAGES`] pages.
    async fn all(
        &self,
        person: &Person,
        (service, operation): (&str, &str),
        mut input: Json,
        member: &str,
    ) -> Result<Vec<Json>, Fault> {
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let page = self.ask(person, service, operation, input.clone()).await?;
            found.extend(list(&page, &format!("/{member}")).cloned());
            match page.get("NextToken") {
                Some(next) => input["NextToken"] = next.clone(),
                None => break,
            }
        }
        Ok(found)
    }

    /// Who acts here, in a sentence.
    fn acting(&self, person: &Person) -> Result<String, Fault> {
        let (account, caller) = self.as_user(person)?;
        Ok(match &caller.principal {
            Principal::User { name, .. } => format!("You act as the IAM user {name} of account {account}."),
            _ => format!(
                "You act as {}, who is no IAM user of account {account} and may do little here. An administrator links a person to a user: aws bailiwick create-person --name NAME --iam-principal-arn ARN.",
                person.name
            ),
        })
    }
}

impl Sheets for Pages {
    fn sheet(&self, person: &Person, name: &str) -> Answering<'_, Sheet> {
        let (person, name) = (person.clone(), name.to_owned());
        Box::pin(async move {
            let sections = match name.as_str() {
                "channels" => self.channel_sections(&person).await?,
                "chatbot-policies" => self.policy_sections(&person).await?,
                "notifications" => self.notification_sections(&person).await?,
                "roles" => self.role_sections(&person).await?,
                "waiting" => self.waiting_sections(&person).await?,
                YOU => self.own_sections(&person).await?,
                _ => return Err(Fault::NotFound("page")),
            };
            Ok(Sheet { intro: self.acting(&person)?, sections })
        })
    }

    fn act(&self, person: &Person, name: &str, act: &str, filled: Filled) -> Answering<'_, Done> {
        let (person, name, act) = (person.clone(), name.to_owned(), act.to_owned());
        Box::pin(async move {
            Ok(match name.as_str() {
                "channels" => self.channel_act(&person, &act, &filled).await?.into(),
                "chatbot-policies" => self.policy_act(&person, &act, &filled).await?.into(),
                "notifications" => self.notification_act(&person, &act, &filled).await?.into(),
                "roles" => self.role_act(&person, &act, &filled).await?.into(),
                "waiting" => self.waiting_act(&person, &act, &filled).await?.into(),
                YOU => self.own_act(&person, &act, &filled).await?,
                _ => return Err(Fault::NotFound("page")),
            })
        })
    }
}

/// The values of a field as a JSON list, or nothing where there are none.
fn some_list<'a>(values: impl Iterator<Item = &'a str>) -> Option<Json> {
    let values: Vec<&str> = values.collect();
    (!values.is_empty()).then(|| json!(values))
}
