//! The sentences people read in chat, in one place, with typed arguments.
//!
//! Plain words, no exclamation marks, no apologies; each says what happened and, where there is something to do, what.

use std::fmt;
use std::time::Duration;

/// One sentence, or two that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phrase<'a> {
    /// The bot was addressed without a command.
    NothingAsked,
    /// A required option is missing.
    WhichOption {
        /// The option as typed on a command line, for example `--topic-arn`.
        option: &'a str,
    },
    /// Answers are expected as a reply in the thread.
    AnswerInThread {
        /// How long the question stays open.
        open_for: Duration,
    },
    /// The command waits for its requester.
    WaitsForRequester {
        /// The requester's name.
        requester: &'a str,
        /// How long it waits.
        open_for: Duration,
    },
    /// A stronger proof of who asks would let the command run.
    StrongerProof {
        /// Asked where the proof can be brought: in a room of the console.
        here: bool,
        /// It must be a second factor.
        second_factor: bool,
    },
    /// A stronger proof of who asks would let the command run, and can be brought for it at the console.
    ProveFirst {
        /// The requester's name.
        requester: &'a str,
        /// It must be a second factor.
        second_factor: bool,
        /// Others have to approve it after that.
        approvals: bool,
        /// How long the link holds.
        open_for: Duration,
    },
    /// The requester has brought the proof that the command asked for.
    Proved {
        /// The requester's name.
        requester: &'a str,
        /// How long the command waits.
        open_for: Duration,
    },
    /// The requester has brought the proof that the command asked for, and others have to approve it.
    ProvedApprovalsNext {
        /// The requester's name.
        requester: &'a str,
        /// How long the command waits.
        open_for: Duration,
    },
    /// Somebody else pressed a button that belongs to the requester.
    NotYourCommand {
        /// The requester's name.
        requester: &'a str,
    },
    /// The button belongs to a command that ended before.
    AlreadySettled {
        /// What became of it, for example `ran` or `was cancelled`.
        outcome: &'a str,
    },
    /// The requester cancelled.
    Cancelled {
        /// Who.
        by: &'a str,
    },
    /// Nobody confirmed in time.
    Expired {
        /// How long it waited.
        after: Duration,
    },
    /// The same message arrived again.
    Duplicate,
    /// It has been accepted and is running.
    Running,
    /// It takes longer than the channel's time.
    StillRunning {
        /// The channel's time.
        after: Duration,
    },
    /// The call took too long and changes nothing, so that it may be repeated.
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// The call may or may not have happened.
    Ambiguous,
    /// The platform limits how often the bot may post.
    PlatformLimited {
        /// The platform's name.
        platform: &'a str,
        /// When the next attempt is made.
        retry_in: Duration,
    },
    /// A message exceeds the limit.
    MessageTooLong {
        /// Its length in bytes.
        actual: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The result is longer than a message.
    ResultCut {
        /// How many lines are shown.
        shown: usize,
        /// How many there are.
        of: usize,
    },
    /// Only some items of a list are shown.
    ItemsShown {
        /// The first, counted from 1.
        first: usize,
        /// The last.
        last: usize,
        /// How many there are.
        of: usize,
    },
    /// The target account has no endpoint to call.
    AccountNotConfigured {
        /// The account.
        account: &'a str,
    },
    /// The room is bound to no configuration.
    RoomNotConfigured,
    /// The service answered with an error.
    ServiceError {
        /// The AWS error code.
        code: &'a str,
        /// The operation.
        operation: &'a str,
    },
    /// Bailiwick itself failed; nothing ran.
    InternalError {
        /// The id under which the log has the cause.
        request_id: &'a str,
    },
    /// A command that was kept means nothing, or something else, by now.
    CannotRead,
}

impl fmt::Display for Phrase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Phrase::NothingAsked => {
                f.write_str("Type a command after the mention, for example `@aws sns list-topics`, or `@aws help`.")
            }
            Phrase::WhichOption { option } => write!(f, "Which `{option}`?"),
            Phrase::AnswerInThread { open_for } => {
                write!(f, "Reply in this thread within {}.", Span(*open_for))
            }
            Phrase::WaitsForRequester { requester, open_for } => {
                write!(f, "Waits for {requester}, {}, once.", Span(*open_for))
            }
            Phrase::StrongerProof { here: true, .. } => f.write_str(
                "It runs in a session with a second factor: open `/console/manage/you`, confirm with the code of your device, and send it again.",
            ),
            Phrase::StrongerProof { here: false, second_factor: true } => f.write_str(
                "It runs for whoever has shown a second factor, which this platform does not say: sign in at the console, confirm with a code at `/console/manage/you`, and send it in a room there.",
            ),
            Phrase::StrongerProof { here: false, second_factor: false } => f.write_str(
                "It runs for whoever is signed in at the console, and this platform's word is not that: send it in a room there.",
            ),
            Phrase::ProveFirst { requester, second_factor, approvals, open_for } => {
                let proof = if *second_factor { "with a second factor" } else { "at the console" };
                write!(
                    f,
                    "It runs for whoever is signed in {proof}, which this platform's word is not"
                )?;
                let then = if *approvals {
                    f.write_str(", and once others approved it")?;
                    "ask others here to approve it"
                } else {
                    "run it here"
                };
                write!(f, ". {requester} can prove it for this one command within {}, and {then}.", Span(*open_for))
            }
            Phrase::Proved { requester, open_for } => {
                write!(f, "{requester} has proved who they are. Only {requester} can run it, once, within {}.", Span(*open_for))
            }
            Phrase::ProvedApprovalsNext { requester, open_for } => {
                write!(
                    f,
                    "{requester} has proved who they are. Now others have to approve it: only {requester} can ask them, once, within {}.",
                    Span(*open_for)
                )
            }
            Phrase::NotYourCommand { requester } => {
                write!(f, "Only {requester}, who asked for it, can decide this. Send the command yourself to run it as you.")
            }
            Phrase::AlreadySettled { outcome } => write!(f, "This command {outcome} before; nothing was done now."),
            Phrase::Cancelled { by } => write!(f, "Cancelled by {by}. Nothing ran."),
            Phrase::Expired { after } => {
                write!(f, "Nobody confirmed within {}, so it did not run. Send the command again to ask anew.", Span(*after))
            }
            Phrase::Duplicate => f.write_str("This message arrived before and was answered there; it did not run again."),
            Phrase::Running => f.write_str("Running. The answer comes in this thread."),
            Phrase::StillRunning { after } => {
                write!(f, "It has taken more than {} and still runs. Its outcome takes the place of this message.", Span(*after))
            }
            Phrase::TimedOut { after } => write!(
                f,
                "No answer within {}. The call only reads, so it can be repeated; for long work use an asynchronous call.",
                Span(*after)
            ),
            Phrase::Ambiguous => f.write_str(
                "It is not known whether this ran: the call was sent and no answer came back. It is not repeated by itself. \
                 Look at the resource before you run it again.",
            ),
            Phrase::PlatformLimited { platform, retry_in } => {
                write!(f, "{platform} limits how often we may post; the next attempt is in {}.", Span(*retry_in))
            }
            Phrase::MessageTooLong { actual, limit } => {
                write!(f, "The message is {actual} bytes long; at most {limit} are read. Nothing ran.")
            }
            Phrase::ResultCut { shown, of } => {
                write!(f, "The first {shown} of {of} lines. Narrow it with `--query`, or open Raw JSON.")
            }
            Phrase::ItemsShown { first, last, of } => write!(f, "Items {first} to {last} of {of}."),
            Phrase::AccountNotConfigured { account } => {
                write!(f, "The account {account} has no endpoint for this service. Add these lines to `bailiwick.toml` and restart:")
            }
            Phrase::RoomNotConfigured => {
                f.write_str("This room is bound to no role and no guardrails, so nothing can run here. An administrator binds it with `@aws bailiwick create-room-configuration`.")
            }
            Phrase::ServiceError { code, operation } => write!(f, "{operation} answered `{code}`"),
            Phrase::InternalError { request_id } => {
                write!(f, "Something failed inside Bailiwick, and nothing ran. An operator finds the cause in the log under `{request_id}`.")
            }
            Phrase::CannotRead => {
                f.write_str("The command cannot be read any more as it was kept, and nothing ran. Send it again.")
            }
        }
    }
}

/// A duration in the words people use: `10 minutes`, `1 hour 5 minutes`, `90 days`; at most two units, rounded down.
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
        let mut rest = self.0.as_secs();
        let mut written = 0;
        for (size, name) in UNITS {
            let count = rest / size;
            rest %= size;
            if count == 0 {
                // Hours after days, minutes after hours; never days and seconds.
                if written > 0 {
                    break;
                }
                continue;
            }
            write!(f, "{}{count} {name}{}", if written > 0 { " " } else { "" }, if count == 1 { "" } else { "s" })?;
            written += 1;
            if written == 2 {
                break;
            }
        }
        if written == 0 { f.write_str("less than a second") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_words() {
        for (seconds, words) in [
            (0, "less than a second"),
            (1, "1 second"),
            (15, "15 seconds"),
            (600, "10 minutes"),
            (3900, "1 hour 5 minutes"),
            (3605, "1 hour"),
            (90_061, "1 day 1 hour"),
        ] {
            assert_eq!(Span(Duration::from_secs(seconds)).to_string(), words);
        }
    }

    #[test]
    fn sentences_carry_their_arguments() {
        let text = Phrase::WaitsForRequester { requester: "Lee", open_for: Duration::from_secs(600) }.to_string();
        assert_eq!(text, "Waits for Lee, 10 minutes, once.");
        assert_eq!(Phrase::ItemsShown { first: 1, last: 3, of: 9 }.to_string(), "Items 1 to 3 of 9.");
        assert!(!Phrase::Ambiguous.to_string().contains("  "));
    }
}
