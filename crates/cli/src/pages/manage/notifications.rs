//! Notifications that are held back, and deliveries that were given up.

use bailiwick_chat::Tone;
use bailiwick_console::{Act, Cell, Fault, Filled, Health, Person, Row, Section};
use serde_json::{Value as Json, json};

use super::{list, moment, name, text, unless_refused};
use crate::pages::Pages;

/// So much of a message is shown in the table, in characters.
const SHOWN: usize = 160;

fn held(notification: &Json) -> Row {
    let configuration = text(notification, "/ChatConfigurationArn");
    let of = |act, label: &str, question: Option<&str>| Act {
        act,
        label: label.to_owned(),
        question: question.map(str::to_owned),
        values: vec![
            ("configuration", configuration.to_owned()),
            ("id", text(notification, "/NotificationId").to_owned()),
        ],
    };
    let message = text(notification, "/Message");
    let short: String = message.chars().take(SHOWN).collect();
    let long = short.len() < message.len();
    let subject = text(notification, "/Subject");
    let words = match subject.is_empty() {
        true => short,
        false => format!("{subject}: {short}"),
    };
    let topic = text(notification, "/TopicArn");
    Row {
        cells: vec![
            Cell::Moment(moment(notification, "/HeldTimestamp")),
            Cell::Text(name(configuration).to_owned()),
            Cell::Code(topic.rsplit(':').next().unwrap_or(topic).to_owned()),
            Cell::Text(if long { format!("{words}…") } else { words }),
            Cell::Text(text(notification, "/Reason").to_owned()),
        ],
        acts: vec![of("replay", "Show it now", None), of("drop", "Throw away", Some("It is not shown any more."))],
        more: long.then(|| message.to_owned()),
    }
}

fn failed(delivery: &Json) -> Row {
    let tries = delivery.get("Attempts").and_then(Json::as_u64).unwrap_or_default();
    Row {
        cells: vec![
            Cell::State(Health { tone: Tone::Bad, word: "given up".to_owned() }, String::new()),
            Cell::Moment(moment(delivery, "/FailedTimestamp")),
            Cell::Code(text(delivery, "/Destination").to_owned()),
            Cell::Text(tries.to_string()),
            Cell::Text(text(delivery, "/Error").to_owned()),
        ],
        acts: vec![Act {
            act: "retry",
            label: "Try again".to_owned(),
            question: None,
            values: vec![("id", text(delivery, "/DeliveryId").to_owned())],
        }],
        more: None,
    }
}

fn rows(listed: Result<Vec<Json>, Fault>, row: fn(&Json) -> Row) -> Result<Vec<Row>, Fault> {
    listed.map(|all| all.iter().map(row).collect())
}

fn count(output: &Json, member: &str) -> usize {
    list(output, &format!("/{member}")).count()
}

impl Pages {
    pub(super) async fn notification_sections(&self, person: &Person) -> Result<Vec<Section>, Fault> {
        let all = self.all(person, ("bailiwick", "ListHeldNotifications"), json!({}), "Notifications").await;
        let back = Section {
            heading: "Notifications that are held back".to_owned(),
            says: "They came while the organization's chatbot policy turned their channel off, and can be shown once it is on again.".to_owned(),
            empty: "Nothing is held back.".to_owned(),
            columns: vec!["Held", "Channel", "Topic", "Message", "Why"],
            ..Section::default()
        };
        let dead = self.all(person, ("bailiwick", "ListFailedDeliveries"), json!({}), "Deliveries").await;
        let given_up = Section {
            heading: "Deliveries that were given up".to_owned(),
            says: "Messages of topics and posts to other platforms, after their last try.".to_owned(),
            empty: "Every delivery arrived.".to_owned(),
            columns: vec!["State", "Last try", "To", "Tries", "Error"],
            ..Section::default()
        };
        Ok(vec![unless_refused(back, rows(all, held))?, unless_refused(given_up, rows(dead, failed))?])
    }

    pub(super) async fn notification_act(&self, person: &Person, act: &str, filled: &Filled) -> Result<String, Fault> {
        let one =
            || json!({"ChatConfigurationArn": filled.one("configuration"), "NotificationIds": [filled.one("id")]});
        match act {
            "replay" => {
                let done = self.ask(person, "bailiwick", "ReplayNotifications", one()).await?;
                Ok(format!("{} given to the channel", count(&done, "NotificationIds")))
            }
            "drop" => {
                let done = self.ask(person, "bailiwick", "DropNotifications", one()).await?;
                Ok(format!("{} thrown away", count(&done, "NotificationIds")))
            }
            "retry" => {
                let input = json!({"DeliveryIds": [filled.one("id")]});
                let done = self.ask(person, "bailiwick", "RetryDeliveries", input).await?;
                Ok(format!("{} tried again", count(&done, "DeliveryIds")))
            }
            _ => Err(Fault::NotFound("button")),
        }
    }
}
