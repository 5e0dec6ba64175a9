//! The overview's and the audit trail's use cases.

use bailiwick_authority::record::RoomRole;
use bailiwick_aws::Value;
use bailiwick_chat::Tone;
use bailiwick_console::{
    Answer, AuditFilter, AuditPage, AuditRow, ChainState, ChannelState, Delivery, Fault, Feedback, Health, Overview,
    Person, Record, Records, Refused,
};
use bailiwick_ident::Timestamp;
use bailiwick_store::audit::verify_store;
use bailiwick_store::{OutboxQuery, WorkState};
use serde_json::Value as Json;

use super::Pages;

/// How many of the newest records the overview and a filtered page look at.
const LOOKED_AT: u64 = 5_000;
/// Up to this many records the page checks the whole chain itself.
const CHECKED_HERE: u64 = 20_000;
/// A day, in seconds.
const DAY: i64 = 86_400;

fn at<'a>(record: &'a Json, path: &str) -> &'a str {
    record.pointer(path).and_then(Json::as_str).unwrap_or_default()
}

fn health(tone: Tone, word: &str) -> Health {
    Health { tone, word: word.to_owned() }
}

/// How a channel stands. `open`: its guardrails limit nothing.
fn state(disabled: bool, has_role: bool, open: bool) -> Health {
    match open {
        _ if disabled => health(Tone::Bad, "disabled by the chatbot policy"),
        _ if !has_role => health(Tone::Bad, "the role is gone"),
        true => health(Tone::Caution, "guardrails limit nothing"),
        false => health(Tone::Good, "enabled"),
    }
}

/// A stored record as a line, and whether it is a refusal.
fn line(row: &bailiwick_store::AuditRow, record: &Json) -> (AuditRow, bool) {
    let who = match at(record, "/userIdentity/sessionContext/sourceIdentity") {
        "" => at(record, "/userIdentity/arn"),
        person => person,
    };
    let who = if who.is_empty() { at(record, "/userIdentity/invokedBy") } else { who };
    // Somebody who did not sign in has nothing but a name, which is not written.
    let who = if who.is_empty() { at(record, "/userIdentity/type") } else { who };
    // A person is a person, whether it spoke in a room or pressed a button of the page.
    let who = who.split_once(":person/").map_or(who, |(_, person)| person);
    let refused = at(record, "/errorCode") == "AccessDenied" && row.kind == "decision";
    let outcome = match (row.kind.as_str(), at(record, "/errorCode")) {
        ("decision", "") => health(Tone::Neutral, "allowed"),
        ("decision", _) => health(Tone::Bad, "refused"),
        (_, "") if at(record, "/additionalEventData/outcome") != "failed" => health(Tone::Good, "done"),
        (_, _) => health(Tone::Bad, "failed"),
    };
    let source = at(record, "/eventSource").split('.').next().unwrap_or_default();
    let line = AuditRow {
        sequence: row.sequence,
        id: row.id.clone(),
        at: Timestamp::parse_rfc3339(at(record, "/eventTime")).unwrap_or_default(),
        who: who.to_owned(),
        what: format!("{source}:{}", at(record, "/eventName")),
        place: format!("{} · {}", at(record, "/recipientAccountId"), at(record, "/awsRegion")),
        outcome,
    };
    (line, refused)
}

impl Pages {
    /// Whoever administers a room of the account may read what happened in it, and so may an IAM user that may list what
    /// its rooms are bound to.
    fn may_read(&self, person: &Person) -> Result<(), Fault> {
        const OPERATION: &str = "DescribeRoomConfigurations";
        let (account, user) = self.as_user(person)?;
        self.may(person, OPERATION, Value::empty()).or_else(|_| self.may_as(&user, account, OPERATION, Value::empty()))
    }

    /// The newest records, newest first.
    async fn newest(&self, before: Option<u64>) -> Result<Vec<(bailiwick_store::AuditRow, Json)>, Fault> {
        let head = self.store.audit_head().await.map_err(|error| self.internal(&error))?;
        let end = before.map_or_else(|| head.map_or(0, |head| head.sequence), |before| before.saturating_sub(1));
        let first = end.saturating_sub(LOOKED_AT);
        let limit = u32::try_from(end - first).unwrap_or(u32::MAX);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut rows = self.store.audit(first, limit).await.map_err(|error| self.internal(&error))?;
        rows.reverse();
        let read = |row: bailiwick_store::AuditRow| {
            let record = serde_json::from_str(&row.record).unwrap_or(Json::Null);
            (row, record)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    async fn chain(&self) -> Result<ChainState, Fault> {
        let head = self.store.audit_head().await.map_err(|error| self.internal(&error))?;
        if head.as_ref().is_some_and(|head| head.sequence > CHECKED_HERE) {
            let says = "too long to be checked by a page; run bailiwick audit verify".to_owned();
            return Ok(ChainState { health: health(Tone::Neutral, "not checked here"), says });
        }
        let checked =
            verify_store(self.store.as_ref(), &self.audit_key).await.map_err(|error| self.internal(&error))?;
        Ok(match checked {
            Ok(verified) => ChainState { health: health(Tone::Good, "whole"), says: crate::audit::summary(&verified) },
            Err(finding) => ChainState { health: health(Tone::Bad, "damaged"), says: finding.to_string() },
        })
    }
}

impl Records for Pages {
    fn overview(&self, person: &Person) -> Answer<'_, Overview> {
        let person = person.clone();
        Box::pin(async move {
            self.may_read(&person)?;
            let account = self.signed_in(&person)?.account;
            let directory = self.authority.directory();
            let id = self.person_id(&person).unwrap_or_default();
            let administers = |room: &str| {
                let place = directory.account(account).and_then(|of| of.room_membership(room, &id).cloned());
                place.is_some_and(|place| place.role == RoomRole::Administrator)
            };
            let channels = directory
                .channels()
                .filter(|channel| channel.account == account)
                .map(|channel| ChannelState {
                    platform: channel.kind.platform().to_string(),
                    name: channel.channel_name.clone().unwrap_or_else(|| channel.name.clone()),
                    href: administers(&channel.channel).then(|| format!("/console/rooms/{}", channel.channel)),
                    role: channel.iam_role_arn.rsplit('/').next().unwrap_or_default().to_owned(),
                    account: channel.account.to_string(),
                    health: state(
                        directory.configuration_disabled(channel).is_some(),
                        directory.role(&channel.iam_role_arn).is_some(),
                        self.authority.managed_policies().limit_nothing(&directory, &channel.guardrail_policy_arns),
                    ),
                })
                .collect();
            let since = self.clock.now().plus_seconds(-DAY);
            let mut refused = Vec::new();
            for (row, record) in self.newest(None).await? {
                let (line, is_refusal) = line(&row, &record);
                if is_refusal && line.at >= since && refused.len() < 50 {
                    refused.push(Refused {
                        at: line.at,
                        who: line.who,
                        asked: line.what,
                        why: at(&record, "/errorMessage").to_owned(),
                        record: row.id,
                    });
                }
            }
            let dead = OutboxQuery { state: Some(WorkState::Dead), limit: 50, ..OutboxQuery::default() };
            let dead = self.store.outbox(dead).await.map_err(|error| self.internal(&error))?;
            let deliveries = dead
                .into_iter()
                .map(|row| Delivery {
                    at: row.ended_at.unwrap_or(row.created_at),
                    target: row.destination,
                    attempts: row.attempts,
                    error: row.error.unwrap_or_default(),
                    next: "given up".to_owned(),
                })
                .collect();
            let said = bailiwick_bot::verbs::feedback(self.store.as_ref(), 20).await;
            let named = |key: &str| {
                let known =
                    directory.channels().find(|channel| channel.channel == key || key.ends_with(&channel.channel));
                known.map_or_else(|| key.to_owned(), |channel| channel.name.clone())
            };
            let feedback = said
                .map_err(|error| self.internal(&error))?
                .into_iter()
                .map(|said| Feedback {
                    at: Timestamp::from_millis(said.at),
                    channel: named(&said.channel),
                    who: said.by,
                    text: said.text,
                })
                .collect();
            Ok(Overview { channels, refused, deliveries, feedback })
        })
    }

    fn audit(&self, person: &Person, filter: AuditFilter, limit: u32) -> Answer<'_, AuditPage> {
        let person = person.clone();
        Box::pin(async move {
            self.may_read(&person)?;
            let words = filter.words.to_lowercase();
            let mut rows = Vec::new();
            let mut older = None;
            for (row, record) in self.newest(filter.before).await? {
                let (line, refused) = line(&row, &record);
                let text = || format!("{} {} {} {}", line.who, line.what, line.place, at(&record, "/errorMessage"));
                if (filter.refused_only && !refused) || !text().to_lowercase().contains(&words) {
                    continue;
                }
                if rows.len() == usize::try_from(limit).unwrap_or(usize::MAX) {
                    older = rows.last().map(|last: &AuditRow| last.sequence);
                    break;
                }
                rows.push(line);
            }
            Ok(AuditPage { rows, older, chain: self.chain().await? })
        })
    }

    fn record(&self, person: &Person, id: &str) -> Answer<'_, Record> {
        let (person, id) = (person.clone(), id.to_owned());
        Box::pin(async move {
            self.may_read(&person)?;
            let row = self.store.audit_record(&id).await.map_err(|error| self.internal(&error))?;
            let row = row.ok_or(Fault::NotFound("record"))?;
            let record: Json = serde_json::from_str(&row.record).unwrap_or(Json::Null);
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            Ok(Record {
                row: line(&row, &record).0,
                json: serde_json::to_string_pretty(&record).unwrap_or_default(),
                hashes: (hex(&row.hash), hex(&row.previous)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guardrail_that_limits_nothing_is_said() {
        let said = |has_role, open| state(false, has_role, open).word;
        assert_eq!(said(true, false), "enabled");
        assert_eq!(said(true, true), "guardrails limit nothing");
        assert_eq!(said(false, true), "the role is gone");
    }
}
