//! The conversation: words, answers to questions, buttons.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_chat::cards;
use bailiwick_chat::mention::words_after_bare_aws;
use bailiwick_chat::room::body_from_json;
use bailiwick_chat::{Block, Body, ButtonId, Card, Event, EventKind, Phrase, Place, Platform, Thread, Tone};
use bailiwick_client::root_of_thread;
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::parse::{Builtin, HelpTopic, MistakeKind, Parsed, Setting};
use bailiwick_services::approval::Approval;
use bailiwick_store::{Change, CommandQuery, CommandRow, CommandState, Expect, InboxRow, StoreError};
use tokio_util::sync::CancellationToken;

use crate::ask::goes_on;
use crate::inbox::WorkError;
use crate::more::More;
use crate::run::{Command, Pressed};
use crate::stored::{self, Shown};
use crate::{Bot, actions, approve, card, doubt, reply};

/// How often open questions and proposals are looked at.
const LAPSE: Duration = Duration::from_secs(5);

/// Sees one event to its end.
pub(crate) async fn handle(bot: &Bot, inbox: &InboxRow, event: &Event) -> Result<(), WorkError> {
    match &event.kind {
        EventKind::Mention { words } | EventKind::Command { words } => match answers(bot, event, words).await? {
            // Boxed, as all that is large and rare: a task is as large as the largest of its ways.
            Some(row) => Box::pin(goes_on(bot, inbox, event, row, words)).await,
            None => {
                let command = begin(bot, inbox, event, words).await?;
                command.words(words).await
            }
        },
        EventKind::Answer { words } => match bare_command(bot, words) {
            Some(words) => begin(bot, inbox, event, words).await?.words(words).await,
            None => match asking(bot, event).await? {
                Some(row) => Box::pin(goes_on(bot, inbox, event, row, words)).await,
                None => close(bot, inbox, "nothing was asked").await,
            },
        },
        EventKind::Press { button, target, value, .. } => {
            Box::pin(press(bot, inbox, event, *button, target, value.as_deref())).await
        }
    }
}

/// The open question that a mention answers. Elsewhere than in rooms people have to mention the bot for it to read their
/// answer: so what is no command, in the thread of a question to them, is one.
async fn answers(bot: &Bot, event: &Event, words: &str) -> Result<Option<CommandRow>, WorkError> {
    if event.place.platform == Platform::Room || event.place.thread.is_none() || words.is_empty() {
        return Ok(None);
    }
    let line = lex(words, Markup::Plain).map(|line| bot.grammar.parse(&line.words, &Setting::default()));
    Ok(if matches!(line, Ok(Ok(_))) { None } else { asking(bot, event).await? })
}

/// The command in words without a mention: what follows a bare `aws`, where that is a command and not talk.
pub(crate) fn bare_command<'w>(bot: &Bot, words: &'w str) -> Option<&'w str> {
    words_after_bare_aws(words).filter(|words| bot.grammar.is_command(words))
}

async fn close(bot: &Bot, inbox: &InboxRow, outcome: &str) -> Result<(), WorkError> {
    bot.parts.store.commit(Change::new().finish_inbox(&inbox.id, inbox.fence, outcome)).await?;
    Ok(())
}

pub(crate) async fn say(bot: &Bot, inbox: &InboxRow, event: &Event, card: Card) -> Result<(), WorkError> {
    let change =
        reply::answer(event, "answer", card, bot.parts.clock.now()).finish_inbox(&inbox.id, inbox.fence, "answered");
    bot.parts.store.commit(change).await?;
    bot.parts.wake.signal();
    Ok(())
}

/// The command of a mention: the one that an earlier try began, or a new one.
pub(crate) async fn begin<'a>(
    bot: &'a Bot,
    inbox: &'a InboxRow,
    event: &'a Event,
    words: &str,
) -> Result<Command<'a>, WorkError> {
    let id = event.id();
    // Nobody began it before the first try of its row.
    if inbox.attempts > 1
        && let Some(row) = bot.parts.store.command(&id).await?
    {
        let expect = Expect::Revision(row.version);
        return Ok(Command::new(bot, inbox, event, row, expect));
    }
    let now = bot.parts.clock.now();
    let row = CommandRow {
        id,
        inbox_id: inbox.id.clone(),
        room: event.place.channel_key(),
        thread: event.reply_thread().map(ToOwned::to_owned),
        actor: event.who.member_id.clone(),
        state: CommandState::Received,
        text: words.to_owned(),
        call: None,
        answer: None,
        created_at: now,
        updated_at: now,
        expires_at: None,
        version: 0,
    };
    Ok(Command::new(bot, inbox, event, row, Expect::Absent))
}

/// The open question to whoever speaks, in the thread they speak in: of a command of that thread, or the one that the
/// thread began with.
pub(crate) async fn asking(bot: &Bot, event: &Event) -> Result<Option<CommandRow>, StoreError> {
    let Some(thread) = event.reply_thread() else { return Ok(None) };
    let query = CommandQuery {
        room: Some(event.place.channel_key()),
        thread: Some(thread.to_owned()),
        actor: Some(event.who.member_id.clone()),
        states: vec![CommandState::Asking],
        limit: 1,
        ..CommandQuery::default()
    };
    let store = &bot.parts.store;
    if let Some(row) = store.commands(query).await?.into_iter().next() {
        return Ok(Some(row));
    }
    let Some(root) = root_of_thread(store.as_ref(), &event.place, thread).await? else { return Ok(None) };
    let Some((id, _)) = root.rsplit_once('.') else { return Ok(None) };
    let waits = |row: &CommandRow| row.state == CommandState::Asking && row.actor == event.who.member_id;
    Ok(store.command(id).await?.filter(waits))
}

impl Command<'_> {
    /// Reads the words of a mention and does what they say.
    pub(crate) async fn words(self, words: &str) -> Result<(), WorkError> {
        let setting = Setting::default();
        let line = match lex(words, Markup::Plain) {
            Ok(line) => line,
            Err(error) => return self.settle(CommandState::Failed, cards::mistake(&format!("{error}."), &[])).await,
        };
        match self.bot.grammar.parse(&line.words, &setting) {
            Ok(parsed) => self.parsed(parsed).await,
            Err(mut mistake) => {
                if mistake.kind == MistakeKind::UnknownCommand
                    && let Some(alias) = self.bot.meant_alias(&self.event.place, &line.words).await?
                {
                    mistake.suggestion = Some(alias);
                }
                self.settle(CommandState::Failed, card::mistake(&mistake)).await
            }
        }
    }

    pub(crate) async fn parsed(self, parsed: Parsed) -> Result<(), WorkError> {
        // A call is refused by its own decision, with a trace, which may be asked for; whatever else is said in a channel
        // that is turned off, here.
        if !matches!(parsed, Parsed::Call(_) | Parsed::Builtin(Builtin::Why(_)))
            && let Some(card) = self.bot.turned_off(self.event)
        {
            return self.settle(CommandState::Refused, card).await;
        }
        match parsed {
            Parsed::Call(call) => self.run(*call, false).await,
            Parsed::Ask(question) => Box::pin(self.ask(&question)).await,
            Parsed::Help(topic) => {
                let card = Box::pin(self.bot.help(self.event, &topic)).await?;
                self.settle(CommandState::Finished, card).await
            }
            Parsed::Print(text) => {
                let card = Card::titled("").block(Block::json(text));
                self.settle(CommandState::Finished, card).await
            }
            Parsed::Builtin(builtin) => Box::pin(self.builtin(builtin)).await,
        }
    }
}

/// A button of one of our cards.
async fn press(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    button: ButtonId,
    target: &str,
    value: Option<&str>,
) -> Result<(), WorkError> {
    if button == ButtonId::Act {
        // What it is about is a notification, not a command.
        return actions::press(bot, inbox, event, target, value).await;
    }
    let found = bot.parts.store.command(target).await?.filter(|row| row.room == event.place.channel_key());
    let Some(row) = found else { return close(bot, inbox, "the button belongs to no command of this room").await };
    // What runs is decided again, and what was refused may be explained.
    if !matches!(button, ButtonId::Cancel | ButtonId::Run | ButtonId::RunAgain | ButtonId::Why)
        && let Some(card) = bot.turned_off(event)
    {
        return say(bot, inbox, event, card).await;
    }
    let shown: Shown = stored::read(row.answer.as_deref()).unwrap_or_default();
    match button {
        ButtonId::Why => {
            let trace = shown.trace.as_deref().and_then(|json| match body_from_json(json.as_bytes()) {
                Ok(Body::Card(card)) => Some(*card),
                _ => None,
            });
            say(bot, inbox, event, trace.unwrap_or_else(|| Card::titled("No decision was made for this command.")))
                .await
        }
        ButtonId::RawJson => {
            let card = bot.raw_json(&row, &shown).await?;
            say(bot, inbox, event, card).await
        }
        ButtonId::More => match bot.more(&row, &shown, value).await? {
            More::Card(card) => say(bot, inbox, event, card).await,
            More::Command(text) => begin(bot, inbox, event, &text).await?.words(&text).await,
        },
        ButtonId::RunAgain => {
            let text = row.text.clone();
            let command = begin(bot, inbox, event, &text).await?;
            command.words(&text).await
        }
        ButtonId::AddOptions if value.is_some_and(|words| !words.trim().is_empty()) => {
            // The command is asked for anew with them, by whoever adds them.
            let text = format!("{} {}", row.text, value.unwrap_or_default().trim());
            begin(bot, inbox, event, &text).await?.words(&text).await
        }
        ButtonId::AddOptions => {
            let line = lex(&row.text, Markup::Plain).map(|line| bot.grammar.parse(&line.words, &Setting::default()));
            let card = match line {
                Ok(Ok(Parsed::Call(call))) => {
                    let topic =
                        HelpTopic::Operation { command: call.command.clone(), operation: call.cli_name.clone() };
                    bot.help(event, &topic).await?
                }
                _ => Card::titled("Send the command again with the options you want."),
            };
            say(bot, inbox, event, card).await
        }
        ButtonId::Run | ButtonId::Cancel | ButtonId::Choose => {
            decide(bot, inbox, event, row, &shown, button, value).await
        }
        ButtonId::Check | ButtonId::ItRan | ButtonId::ItDidNotRun => doubt::press(bot, inbox, event, row, button).await,
        ButtonId::AskForApproval => approve::ask(bot, inbox, event, row, &shown).await,
        ButtonId::Approve => approve::press(bot, inbox, event, row, &shown, true).await,
        ButtonId::Reject => approve::press(bot, inbox, event, row, &shown, false).await,
        ButtonId::Act => actions::press(bot, inbox, event, target, value).await,
    }
}

/// A button that only the requester may press, once, while the command waits.
async fn decide(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    row: CommandRow,
    shown: &Shown,
    button: ButtonId,
    value: Option<&str>,
) -> Result<(), WorkError> {
    let approval = Approval::of(&row);
    let waits = match button {
        ButtonId::Choose => row.state == CommandState::Asking,
        ButtonId::Cancel => matches!(row.state, CommandState::Asking | CommandState::Proposed),
        // An approved command runs by the press that the last approval brings.
        _ if approval.as_ref().is_some_and(|approval| approval.is_complete(&bot.parts.authority.directory())) => true,
        // A start that a crash cut short is taken up by the row that began it.
        _ => row.state == CommandState::Proposed || (row.state == CommandState::Started && row.inbox_id == inbox.id),
    };
    if row.actor != event.who.member_id {
        return say(bot, inbox, event, not_yours(bot, &row, shown)).await;
    }
    if !waits && row.state == CommandState::AwaitingApproval {
        let card = Card::titled("This command waits for approval.").state(Tone::Neutral, "Nothing was done");
        return say(bot, inbox, event, card).await;
    }
    let lapsed = row.expires_at.is_some_and(|until| until < bot.parts.clock.now());
    if !waits || (lapsed && row.state != CommandState::Started) {
        let outcome = match row.state {
            CommandState::Cancelled => "was cancelled",
            CommandState::Expired => "lapsed",
            CommandState::Refused => "was refused",
            CommandState::Started => "was started",
            _ if lapsed => "lapsed",
            _ => "ran",
        };
        let phrase = Phrase::AlreadySettled { outcome };
        return say(bot, inbox, event, cards::note(Tone::Neutral, "Nothing was done", &phrase)).await;
    }
    if button == ButtonId::Choose {
        return goes_on(bot, inbox, event, row, value.unwrap_or_default()).await;
    }
    let expect = Expect::Revision(row.version);
    let text = row.text.clone();
    let mut command = Command::new(bot, inbox, event, row, expect);
    if button == ButtonId::Cancel {
        let by = Phrase::Cancelled { by: &event.who.display_name };
        let card = cards::note(Tone::Neutral, "Cancelled", &by);
        let mut change = command.end(CommandState::Cancelled, shown, card);
        let word = format!("Cancelled by {}", event.who.display_name);
        if let Some(settled) = settled(bot, shown, Tone::Neutral, &word, &inbox.id).await? {
            change = change.and(settled);
        }
        bot.parts.store.commit(change).await?;
        bot.parts.wake.signal();
        return Ok(());
    }
    command.row.inbox_id.clone_from(&inbox.id);
    command.approval = approval;
    command.proved = shown.proved;
    let word = format!("Run by {}", event.who.display_name);
    let ran = settled(bot, shown, Tone::Good, &word, &inbox.id).await?;
    let refused = settled(bot, shown, Tone::Bad, "Not run", &inbox.id).await?;
    command.pressed = ran.zip(refused).map(|(ran, refused)| Pressed { ran, refused });
    let parsed = lex(&text, Markup::Plain).map(|line| bot.grammar.parse(&line.words, &Setting::default()));
    match parsed {
        Ok(Ok(Parsed::Call(call))) => command.run(*call, true).await,
        _ => command.settle(CommandState::Failed, cards::note(Tone::Bad, "Not run", &Phrase::CannotRead)).await,
    }
}

/// What is said to somebody who presses what only its requester may.
pub(crate) fn not_yours(bot: &Bot, row: &CommandRow, shown: &Shown) -> Card {
    let directory = bot.parts.authority.directory();
    let known = directory.person(&row.actor).map(|person| person.name.as_str());
    // Members of other platforms are known by the name they had when they asked.
    let requester = known.or(shown.requester.as_deref()).unwrap_or("the requester");
    cards::note(Tone::Caution, "Nothing was done", &Phrase::NotYourCommand { requester })
}

/// Takes the buttons off the card of a command that waited, and lets it say what became of it.
pub(crate) async fn settled(
    bot: &Bot,
    shown: &Shown,
    tone: Tone,
    word: &str,
    cause: &str,
) -> Result<Option<Change>, WorkError> {
    let Some(id) = &shown.message else { return Ok(None) };
    let Some(message) = bot.parts.store.room_message(id).await? else { return Ok(None) };
    match body_from_json(message.body.as_bytes()) {
        Ok(Body::Card(card)) if !card.buttons.is_empty() => {
            let card = Card { footer: None, ..card.settled() }.state(tone, word);
            let place = Place::of_channel_key(&message.room);
            Ok(Some(reply::edit(&place, id, cause, card, bot.parts.clock.now())))
        }
        _ => Ok(None),
    }
}

/// Lets questions and proposals lapse, and says so.
pub(crate) async fn lapse(bot: Arc<Bot>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LAPSE) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = lapse_once(&bot).await {
            tracing::error!(%error, "waiting commands cannot be looked at; it is tried again");
        }
    }
}

async fn lapse_once(bot: &Bot) -> Result<(), WorkError> {
    let now = bot.parts.clock.now();
    let query = CommandQuery {
        states: vec![CommandState::Asking, CommandState::Proposed, CommandState::AwaitingApproval],
        expires_by: Some(now),
        limit: 100,
        ..CommandQuery::default()
    };
    for row in bot.parts.store.commands(query).await? {
        let shown: Shown = stored::read(row.answer.as_deref()).unwrap_or_default();
        let expect = Expect::Revision(row.version);
        let (place, id) = (Place::of_channel_key(&row.room), format!("{}.lapsed", row.id));
        let thread = row.thread.clone().map(Thread::Theirs);
        let phrase = Phrase::Expired { after: approve::waited(row.state) };
        let card = cards::note(Tone::Neutral, "Lapsed", &phrase);
        let mut change = Change::new()
            .command(CommandRow { state: CommandState::Expired, updated_at: now, ..row }, expect)
            .and(reply::post(&place, thread, id, card, now));
        if let Some(settled) = settled(bot, &shown, Tone::Neutral, "Lapsed", "lapsed").await? {
            change = change.and(settled);
        }
        // A button that was pressed in the same moment wins; its own answer says what happened.
        if let Err(error) = bot.parts.store.commit(change).await {
            tracing::debug!(%error, "a waiting command moved while it lapsed");
        }
        bot.parts.wake.signal();
    }
    Ok(())
}
