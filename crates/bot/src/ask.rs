//! Questions back: one thing at a time, answered in the thread or by a button.

use std::time::Duration;

use bailiwick_chat::{Card, Event, Phrase, Tone, cards};
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::parse::{Parsed, Question, Setting};
use bailiwick_command::render;
use bailiwick_store::{CommandRow, CommandState, Expect, InboxRow};

use crate::inbox::WorkError;
use crate::run::Command;
use crate::stored::{self, Asked};
use crate::{Bot, WAIT_SECONDS, card, reply, talk};

/// The most choices under a question.
pub(crate) const CHOICES: usize = 20;

/// A question of our own, about something that no operation's model asks for.
pub(crate) struct Ask<'a> {
    /// What is asked, such as `Which account?`.
    pub(crate) title: &'a str,
    /// What it is for.
    pub(crate) meaning: &'a str,
    /// The values there are.
    pub(crate) choices: &'a [String],
    /// The words that the answer is added to.
    pub(crate) text: &'a str,
    /// What stands between those words and the answer, such as `--account`; may be empty.
    pub(crate) before: &'a str,
}

impl Command<'_> {
    /// Asks for a parameter.
    pub(crate) async fn ask(mut self, question: &Question) -> Result<(), WorkError> {
        self.row.text.clone_from(&question.partial);
        let asked = Asked::new(&question.parameter, reply::answer_id(self.event, "answer"));
        let option = format!("--{}", question.parameter);
        let meaning = match question.missing {
            1 => format!("{} needs it; expected: {}.", question.command, question.kind.as_str()),
            more => format!(
                "{} needs it, and {} more after it; expected: {}.",
                question.command,
                more - 1,
                question.kind.as_str()
            ),
        };
        let title = Phrase::WhichOption { option: &option }.to_string();
        let choices = self.bot.offers(self.event, question).await;
        self.put_question(&asked, &title, &meaning, &choices).await
    }

    /// Asks for something else.
    pub(crate) async fn ask_for(mut self, ask: &Ask<'_>) -> Result<(), WorkError> {
        ask.text.clone_into(&mut self.row.text);
        let mut asked = Asked::new(ask.before.trim_start_matches('-'), reply::answer_id(self.event, "answer"));
        asked.before = Some(ask.before.to_owned());
        self.put_question(&asked, ask.title, ask.meaning, ask.choices).await
    }

    async fn put_question(
        mut self,
        asked: &Asked,
        title: &str,
        meaning: &str,
        choices: &[String],
    ) -> Result<(), WorkError> {
        self.row.expires_at = Some(self.bot.parts.clock.now().plus_seconds(WAIT_SECONDS));
        self.row.call = Some(stored::write(asked));
        let open_for = Duration::from_secs(WAIT_SECONDS.unsigned_abs());
        let choices = choices.get(..CHOICES).unwrap_or(choices);
        let card = cards::ask(title, meaning, choices, open_for, &self.row.id);
        self.commit(self.end(CommandState::Asking, &self.shown(), card)).await
    }
}

/// Goes on with a command after an answer to its question.
pub(crate) async fn goes_on(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    row: CommandRow,
    words: &str,
) -> Result<(), WorkError> {
    let expect = Expect::Revision(row.version);
    let command = Command::new(bot, inbox, event, row, expect);
    if words.trim().eq_ignore_ascii_case("cancel") {
        let by = Phrase::Cancelled { by: &event.who.display_name };
        return command.settle(CommandState::Cancelled, cards::note(Tone::Neutral, "Cancelled", &by)).await;
    }
    let asked: Option<Asked> = stored::read(command.row.call.as_deref());
    if let Some(before) = asked.and_then(|asked| asked.before) {
        let answer = render::quote(words.trim());
        let text = [command.row.text.as_str(), &before, &answer].join(" ");
        return command.words(&text).await;
    }
    let setting = Setting::default();
    // The question is asked of the grammar again rather than kept: the same words give the same question.
    let asked = match lex(&command.row.text, Markup::Plain).map(|line| bot.grammar.parse(&line.words, &setting)) {
        Ok(Ok(Parsed::Ask(question))) => question,
        _ => {
            let card: Card = cards::note(Tone::Bad, "Not run", &Phrase::CannotRead);
            return command.settle(CommandState::Failed, card).await;
        }
    };
    match bot.grammar.answer(&asked.partial, &asked.parameter, asked.kind, words, &setting) {
        Ok(parsed) => command.parsed(parsed).await,
        // The question stays open, and what was wrong with the answer is said.
        Err(mistake) => talk::say(bot, inbox, event, card::mistake(&mistake)).await,
    }
}
