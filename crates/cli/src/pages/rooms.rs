//! The rooms' use cases.

use std::time::Duration;

use bailiwick_authority::Directory;
use bailiwick_authority::record::{ChannelConfigurationRecord, RoomMembershipRecord, RoomRole};
use bailiwick_aws::Value;
use bailiwick_chat::room::body_from_json;
use bailiwick_chat::{Block, Body, Place, Platform};
use bailiwick_console::{
    Answer, Completion, Fault, FileContent, MessagePage, NewMessage, Person, Press, RoomDetails, RoomEvent,
    RoomEventKind, RoomSummary, Rooms, Wake, Who,
};
use bailiwick_store::{Change, EntityKey, Idempotent, RoomMessageQuery, ThreadFilter};

use super::Pages;
use super::reading::{message, one_line};

/// How long a live page waits before it looks again by itself.
const WAIT: Duration = Duration::from_secs(15);
/// How long a form's identity is remembered, in seconds.
const ONCE_SECONDS: i64 = 24 * 60 * 60;

fn text(value: &str) -> Value {
    Value::from(value)
}

impl Pages {
    /// The places of a person in rooms.
    fn memberships(&self, directory: &Directory, person: &Person) -> Vec<RoomMembershipRecord> {
        let (Ok(signed_in), Some(id)) = (self.signed_in(person), self.person_id(person)) else { return Vec::new() };
        let account = directory.account(signed_in.account).into_iter();
        let all = account.flat_map(|account| account.room_memberships());
        all.filter(|membership| membership.person == id).cloned().collect()
    }

    async fn name(&self, membership: &RoomMembershipRecord) -> Result<String, Fault> {
        let key = EntityKey::in_account(
            self.partition.as_str(),
            membership.account.as_str(),
            "chime.room",
            membership.room.as_str(),
        );
        let entity = self.store.entity(key).await.map_err(|error| self.internal(&error))?;
        let body: Option<serde_json::Value> = entity.and_then(|entity| serde_json::from_str(&entity.body).ok());
        let name = body.as_ref().and_then(|body| body.get("name")).and_then(serde_json::Value::as_str);
        Ok(name.unwrap_or(&membership.room).to_owned())
    }

    async fn summary(&self, directory: &Directory, membership: &RoomMembershipRecord) -> Result<RoomSummary, Fault> {
        let bound = bindings(directory, &membership.room);
        let about = match bound.as_slice() {
            [] => "not bound to any role".to_owned(),
            all => all.iter().map(|c| format!("{} · {}", role(c), c.account)).collect::<Vec<_>>().join(", "),
        };
        let query = RoomMessageQuery::latest(&membership.room, 1).thread(ThreadFilter::OutsideThreads);
        let last = self.store.room_messages(query).await.map_err(|error| self.internal(&error))?.pop();
        let last = last.map(|stored| {
            let shown = message(directory, stored);
            (one_line(&shown.body), shown.created)
        });
        Ok(RoomSummary { id: membership.room.clone(), name: self.name(membership).await?, about, last })
    }

    fn membership(&self, directory: &Directory, person: &Person, room: &str) -> Result<RoomMembershipRecord, Fault> {
        let found = self.memberships(directory, person).into_iter().find(|membership| membership.room == room);
        found.ok_or(Fault::NotFound("room"))
    }

    async fn page_of(&self, person: &Person, room: &str, query: RoomMessageQuery) -> Result<MessagePage, Fault> {
        self.call(person, "ListRoomMessages", Value::map([("RoomId", text(room)), ("MaxResults", Value::from(1_i64))]))
            .await?;
        // Read before the messages: an event in between is shown twice rather than never.
        let last_event = self.store.last_room_event().await.map_err(|error| self.internal(&error))?;
        let limit = query.limit;
        let stored = self.store.room_messages(query).await.map_err(|error| self.internal(&error))?;
        let full = u32::try_from(stored.len()).is_ok_and(|count| count == limit);
        let earlier = stored.first().filter(|_| full).map(|first| first.sequence);
        let directory = self.authority.directory();
        let messages = stored.into_iter().map(|stored| message(&directory, stored)).collect();
        Ok(MessagePage { messages, earlier, last_event })
    }
}

fn bindings<'a>(directory: &'a Directory, room: &str) -> Vec<&'a ChannelConfigurationRecord> {
    directory.channels().map(AsRef::as_ref).filter(|channel| channel.channel == room).collect()
}

fn role(configuration: &ChannelConfigurationRecord) -> &str {
    configuration.iam_role_arn.rsplit('/').next().unwrap_or_default()
}

fn names(arns: &[String], separator: char) -> String {
    let names: Vec<&str> = arns.iter().map(|arn| arn.rsplit(separator).next().unwrap_or(arn)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Rooms for Pages {
    fn rooms(&self, person: &Person) -> Answer<'_, Vec<RoomSummary>> {
        let person = person.clone();
        Box::pin(async move {
            let directory = self.authority.directory();
            let mut rooms = Vec::new();
            for membership in self.memberships(&directory, &person) {
                rooms.push(self.summary(&directory, &membership).await?);
            }
            rooms.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(rooms)
        })
    }

    fn room(&self, person: &Person, room: &str) -> Answer<'_, RoomDetails> {
        let (person, room) = (person.clone(), room.to_owned());
        Box::pin(async move {
            let directory = self.authority.directory();
            let membership = self.membership(&directory, &person, &room)?;
            let mut facts = Vec::new();
            for bound in bindings(&directory, &room) {
                let account = directory.account(bound.account).map(|account| account.record().name.clone());
                facts.push(("Account".to_owned(), format!("{} ({})", bound.account, account.unwrap_or_default())));
                facts.push(("Role".to_owned(), role(bound).to_owned()));
                facts.push(("Guardrails".to_owned(), names(&bound.guardrail_policy_arns, '/')));
                facts.push(("Topics".to_owned(), names(&bound.sns_topic_arns, ':')));
            }
            let account = directory.account(membership.account);
            let mut members: Vec<(String, String)> = account
                .iter()
                .flat_map(|account| account.room_memberships().map(move |m| (account, m)))
                .filter(|(_, m)| m.room == room)
                .filter_map(|(account, m)| {
                    let role = match m.role {
                        RoomRole::Administrator => "Administrator",
                        RoomRole::Member => "Member",
                    };
                    Some((account.person(&m.person)?.name.clone(), role.to_owned()))
                })
                .collect();
            members.sort();
            let may_post = self.may(&person, "PostRoomMessage", Value::map([("RoomId", text(&room))]));
            Ok(RoomDetails {
                summary: self.summary(&directory, &membership).await?,
                facts,
                members,
                may_post: may_post.map_err(|fault| fault.to_string()),
            })
        })
    }

    fn messages(&self, person: &Person, room: &str, before: Option<u64>, limit: u32) -> Answer<'_, MessagePage> {
        let (person, room) = (person.clone(), room.to_owned());
        Box::pin(async move {
            let mut query = RoomMessageQuery::latest(&room, limit);
            query.before = before;
            self.page_of(&person, &room, query).await
        })
    }

    fn thread(&self, person: &Person, room: &str, thread: &str, limit: u32) -> Answer<'_, MessagePage> {
        let (person, room, thread) = (person.clone(), room.to_owned(), thread.to_owned());
        Box::pin(async move {
            let query = RoomMessageQuery::latest(&room, limit).thread(ThreadFilter::In(thread.clone()));
            let mut page = self.page_of(&person, &room, query).await?;
            let first = self.store.room_message(&thread).await.map_err(|error| self.internal(&error))?;
            let first = first.filter(|first| first.room == room).ok_or(Fault::NotFound("thread"))?;
            page.messages.insert(0, message(&self.authority.directory(), first));
            Ok(page)
        })
    }

    fn events(&self, person: &Person, room: &str, after: u64, limit: u32) -> Answer<'_, Vec<RoomEvent>> {
        let (person, room) = (person.clone(), room.to_owned());
        Box::pin(async move {
            // The page itself was recorded; here only that the person still may.
            self.may(&person, "ListRoomMessages", Value::map([("RoomId", text(&room))]))?;
            let stored = self.store.room_events(&room, after, limit).await.map_err(|error| self.internal(&error))?;
            let directory = self.authority.directory();
            let mut events = Vec::with_capacity(stored.len());
            for event in stored {
                let Some(id) = event.message else { continue };
                let found = self.store.room_message(&id).await.map_err(|error| self.internal(&error))?;
                let kind = match (found, event.kind.as_str()) {
                    (None, _) => RoomEventKind::Deleted { id },
                    (Some(stored), "message.added") => RoomEventKind::Posted(message(&directory, stored)),
                    (Some(stored), _) => RoomEventKind::Edited(message(&directory, stored)),
                };
                events.push(RoomEvent { sequence: event.sequence, kind });
            }
            Ok(events)
        })
    }

    fn wait(&self, room: &str, after: u64) -> Answer<'_, Wake> {
        let room = room.to_owned();
        Box::pin(async move {
            // The waiter is made before the look, so that nothing is missed between the two.
            let mut waiter = self.wake.waiter();
            let waiting = async {
                loop {
                    if self.store.room_events(&room, after, 1).await.is_ok_and(|events| !events.is_empty()) {
                        return;
                    }
                    waiter.wait().await;
                }
            };
            tokio::select! {
                () = waiting => Ok(Wake::Look),
                () = tokio::time::sleep(WAIT) => Ok(Wake::Look),
                () = self.stop.cancelled() => Ok(Wake::Stop),
            }
        })
    }

    fn post(&self, person: &Person, room: &str, message: NewMessage) -> Answer<'_, String> {
        let (person, room) = (person.clone(), room.to_owned());
        Box::pin(async move {
            const OPERATION: &str = "PostRoomMessage";
            let mut members = vec![("RoomId", text(&room)), ("Content", text(&message.text))];
            if let Some(thread) = &message.thread {
                members.push(("ThreadId", text(thread)));
            }
            let (Who::Person(id) | Who::User(id)) = &person.who;
            let scope = format!("person/{id}/{room}");
            for _ in 0..8 {
                let before = self.store.idempotent(&scope, OPERATION, &message.once).await;
                if let Some(before) = before.map_err(|error| self.internal(&error))? {
                    return Ok(before.result);
                }
                let now = self.clock.now();
                let once = |output: &Value| {
                    Change::new().idempotent(Idempotent {
                        scope: scope.clone(),
                        operation: OPERATION.to_owned(),
                        token: message.once.clone(),
                        digest: String::new(),
                        result: output.get("MessageId").and_then(Value::as_str).unwrap_or_default().to_owned(),
                        created_at: now,
                        expires_at: now.plus_seconds(ONCE_SECONDS),
                    })
                };
                let posted = self.call_with(&person, OPERATION, Value::map(members.clone()), once).await?;
                if let Some(id) = posted.as_ref().and_then(|output| output.get("MessageId")).and_then(Value::as_str) {
                    return Ok(id.to_owned());
                }
            }
            Err(self.internal(&"the directory changes faster than a message can be posted"))
        })
    }

    fn complete(&self, person: &Person, room: &str, words: &str) -> Answer<'_, Vec<Completion>> {
        let (person, room, words) = (person.clone(), room.to_owned(), words.to_owned());
        Box::pin(async move {
            let directory = self.authority.directory();
            self.membership(&directory, &person, &room)?;
            let bound = bindings(&directory, &room);
            let workspace = bound.first().map(|bound| bound.workspace.clone()).unwrap_or_default();
            let place = Place::new(Platform::Room, workspace, &room);
            let found = self.bot.complete(&place, &words).await.map_err(|error| self.internal(&error))?;
            Ok(found.into_iter().map(|found| Completion { word: found.word, about: found.about }).collect())
        })
    }

    fn file(&self, person: &Person, room: &str, message: &str, key: &str) -> Answer<'_, FileContent> {
        let (person, room, message, key) = (person.clone(), room.to_owned(), message.to_owned(), key.to_owned());
        Box::pin(async move {
            self.may(&person, "ListRoomMessages", Value::map([("RoomId", text(&room))]))?;
            let found = self.store.room_message(&message).await.map_err(|error| self.internal(&error))?;
            let found = found.filter(|found| found.room == room).ok_or(Fault::NotFound("message"))?;
            // Only what the message's own card names: a key alone opens nothing.
            let card = match body_from_json(found.body.as_bytes()) {
                Ok(Body::Card(card)) => card,
                _ => return Err(Fault::NotFound("file")),
            };
            let file = card.body.into_iter().find_map(|block| match block {
                Block::File(file) if file.key == key => Some(file),
                _ => None,
            });
            let file = file.ok_or(Fault::NotFound("file"))?;
            let kept = bailiwick_bot::kept::read(self.store.as_ref(), &key).await;
            let kept = kept.map_err(|error| self.internal(&error))?.ok_or(Fault::Gone("file"))?;
            Ok(FileContent { name: file.name, media_type: file.media_type, bytes: kept.into_bytes() })
        })
    }

    fn press(&self, person: &Person, room: &str, press: Press) -> Answer<'_, ()> {
        let (person, room) = (person.clone(), room.to_owned());
        Box::pin(async move {
            let mut members = vec![
                ("RoomId", text(&room)),
                ("CardMessageId", text(&press.message)),
                ("Button", text(press.button.as_str())),
                ("Target", text(&press.target)),
            ];
            if let Some(value) = &press.value {
                members.push(("Value", text(value)));
            }
            self.call(&person, "PressButton", Value::map(members)).await.map(|_| ())
        })
    }
}
