//! `switch-role`: the roles a member acts with, one for each account of the channel.
//!
//! Choosing a role is a call of ours, `ChooseUserRole`, and is made by the IAM user that a person of a room also is: the room
//! knows who speaks, and the directory which user that is. On another platform the member proves it once, in the console.

use bailiwick_authority::record::ChannelConfigurationRecord;
use bailiwick_authority::{Call, Caller, Directory, Origin};
use bailiwick_aws::Value;
use bailiwick_chat::{Block, Card, Fact, Platform, Tone};
use bailiwick_ident::{AccountId, Region};
use bailiwick_services::Answer;
use bailiwick_store::{Change, CommandState};

use crate::ask::{Ask, CHOICES};
use crate::inbox::WorkError;
use crate::prove::user;
use crate::run::Command;
use crate::{Bot, channel};

/// What stands for the channel's own role.
const CHANNEL: &str = "channel";
/// How many roles are looked at for those that a member may choose.
const LOOKED_AT: usize = 200;

fn call(directory: &Directory, bound: &ChannelConfigurationRecord, operation: &str, input: Vec<(&str, &str)>) -> Call {
    let arn = [("ChatConfigurationArn", bound.arn.as_str())];
    let input = arn.into_iter().chain(input).map(|(name, value)| (name, Value::from(value)));
    Call {
        service: "bailiwick".to_owned(),
        operation: operation.to_owned(),
        account: bound.account,
        region: Region::us_east_1(),
        partition: directory.partition().clone(),
        input: Value::map(input),
    }
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl Bot {
    /// The roles that a caller may choose in a configuration: ARN and name, in the order of the names.
    pub fn choosable_roles(&self, bound: &ChannelConfigurationRecord, caller: &Caller) -> Vec<(String, String)> {
        let directory = &self.parts.authority.directory();
        let Some(account) = directory.account(bound.account) else { return Vec::new() };
        let usable = account.roles().filter(|role| role.trusts_service("chatbot.amazonaws.com", &bound.arn));
        let mut roles: Vec<(String, String)> = usable
            .take(LOOKED_AT)
            .filter(|role| {
                let call = call(directory, bound, "ChooseUserRole", vec![("IamRoleArn", &role.arn)]);
                self.parts.authority.preview(caller, &Origin::Api, &call).allowed
            })
            .map(|role| (role.arn.clone(), role.record.name.clone()))
            .collect();
        roles.sort_by(|one, other| one.1.cmp(&other.1));
        roles
    }
}

impl Command<'_> {
    /// What is said to a member of whom it is not known which IAM user that is, and what keeps the link in it.
    fn unknown(&self, card: Card, bound: &ChannelConfigurationRecord) -> (Card, Change) {
        let administrator = format!(
            "an administrator chooses for you: `aws bailiwick associate-user-role --chat-configuration-arn {} --member-id {} --iam-role-arn ROLE`.",
            bound.arn, self.event.who.member_id
        );
        if self.event.place.platform == Platform::Room {
            return (card.text(format!("You are not linked to an IAM user, so {administrator}")), Change::new());
        }
        match self.bot.proving_link(self.event, bound) {
            Some((link, kept)) => {
                let why = "It is not known yet which IAM user you are. Sign in to the console and prove that you are this member; then you choose.";
                let card = card.text(why).block(link);
                (card.footer(format!("The link is of use to nobody else. Without an IAM user, {administrator}")), kept)
            }
            None => (card.text(format!("Nobody can prove who they are here yet, so {administrator}")), Change::new()),
        }
    }

    /// The link for a member who has to choose a role, where nothing is known of them yet.
    pub(crate) fn link_to_choose(&self, account: AccountId) -> Option<(Block, Change)> {
        let directory = self.bot.parts.authority.directory();
        let bound = channel::bound(&directory, &self.event.place).into_iter().find(|bound| bound.account == account)?;
        match user(&directory, self.event, &bound) {
            Some(_) => None,
            None => self.bot.proving_link(self.event, &bound),
        }
    }

    /// Shows the roles a member acts with, or changes the one of an account.
    pub(crate) async fn switch_role(self, asked: Option<String>) -> Result<(), WorkError> {
        let bot = self.bot;
        let directory = bot.parts.authority.directory();
        let member = &self.event.who.member_id;
        let bound = channel::bound(&directory, &self.event.place);
        let mapping = |bound: &ChannelConfigurationRecord| {
            let account = directory.account(bound.account);
            account.and_then(|account| account.role_mapping(&bound.arn, member)).map(|m| m.iam_role_arn.clone())
        };
        let facts: Vec<Fact> = bound
            .iter()
            .map(|bound| {
                let role = match mapping(bound) {
                    Some(role) => format!("{} (your own)", name(&role)),
                    None => format!("{} (the channel's)", name(&bound.iam_role_arn)),
                };
                Fact::words(channel::account_text(&directory, bound.account), role)
            })
            .collect();
        let setting = bot.channel_setting(&self.event.place).await?;
        let default = setting.account(bot.parts.clock.now()).map(|chosen| chosen.value.clone());
        let one = match bound.as_slice() {
            [one] => Some(one),
            all => all.iter().find(|bound| Some(bound.account.as_str()) == default.as_deref()),
        };
        let title = "Your roles in this channel";
        let Some(one) = one else {
            let how = "Choose the account first, with `@aws set default-account`.";
            return self.settle(CommandState::Finished, Card::titled(title).block(Block::Facts(facts)).text(how)).await;
        };
        let Some(caller) = user(&directory, self.event, one) else {
            let card = Card::titled(title).block(Block::Facts(facts));
            let (card, kept) = self.unknown(card, one);
            return self.commit(self.end(CommandState::Finished, &self.shown(), card).and(kept)).await;
        };
        let Some(asked) = asked else {
            let mut choices: Vec<String> =
                bot.choosable_roles(one, &caller).into_iter().map(|(_, name)| name).collect();
            choices.truncate(CHOICES - 1);
            let now = mapping(one);
            if choices.is_empty() && now.is_none() {
                let text = "There is no role that you may choose: one that trusts `chatbot.amazonaws.com` and that you may pass to it.";
                let card = Card::titled(title).block(Block::Facts(facts)).text(text);
                return self.settle(CommandState::Finished, card).await;
            }
            if now.is_some() {
                choices.push(CHANNEL.to_owned());
            }
            let meaning = format!(
                "In {} you act with {} now.",
                channel::account_text(&directory, one.account),
                name(now.as_deref().unwrap_or(&one.iam_role_arn))
            );
            let ask =
                Ask { title: "Which role?", meaning: &meaning, choices: &choices, text: "switch-role", before: "" };
            return self.ask_for(&ask).await;
        };
        let call = match asked.eq_ignore_ascii_case(CHANNEL) {
            true => call(&directory, one, "DisassociateUserRole", vec![("MemberId", member)]),
            false => {
                let account = directory.account(one.account);
                let role = account.and_then(|account| {
                    account.roles().find(|role| role.arn == asked || role.record.name.eq_ignore_ascii_case(&asked))
                });
                let arn = role.map_or(asked.clone(), |role| role.arn.clone());
                let mut input = vec![("IamRoleArn", arn.as_str())];
                if self.event.place.platform != Platform::Room {
                    input.push(("MemberId", member));
                }
                call(&directory, one, "ChooseUserRole", input)
            }
        };
        let made = bot.parts.services.call(&caller, &Origin::Api, call).await;
        let card = match made.map_err(|error| WorkError::Undecided(error.to_string()))? {
            Answer::Output(_) => {
                let role = if asked.eq_ignore_ascii_case(CHANNEL) { name(&one.iam_role_arn) } else { name(&asked) };
                let account = channel::account_text(&directory, one.account);
                Card::titled(format!("In {account} you act with {role} from now on.")).state(Tone::Good, "Switched")
            }
            Answer::Fault(fault) => Card::titled(fault.message).state(Tone::Bad, "Not switched"),
            Answer::Denied(ruling) => {
                let card = crate::card::refusal(&ruling, &self.row.id, false);
                card.settled().state(Tone::Bad, "Not switched")
            }
        };
        self.settle(CommandState::Finished, card).await
    }
}
