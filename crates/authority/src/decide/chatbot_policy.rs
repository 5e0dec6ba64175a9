//! Layer 2: whether the organization's chatbot policy lets a platform, workspace, channel type and role setting act. It is
//! checked at run time, so that a configuration made before the policy does not escape it; it binds the management account
//! too. Source: AWS Organizations' guide, "Chat applications policies", "Syntax and examples".

use bailiwick_ident::AccountId;
use serde_json::Value;

use crate::{
    directory::Directory,
    origin::{ActorKind, Assurance, ChannelType, ChatOrigin, Platform},
    record::{ChannelConfigurationRecord, PolicyType, WorkspaceRecord},
};

/// What the layer says.
pub(super) enum Answer {
    /// There is no chatbot policy here.
    NotThere,
    /// The channel may act.
    Passes,
    /// The channel may not act: the setting and its value.
    Refuses { text: String, value: Option<String> },
}

fn refuse(text: impl Into<String>, value: Option<String>) -> Answer {
    Answer::Refuses { text: text.into(), value }
}

fn words(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::Array(list) => Some(list.iter().filter_map(|word| word.as_str().map(str::to_lowercase)).collect()),
        Value::String(word) => Some(vec![word.to_lowercase()]),
        _ => Some(Vec::new()),
    }
}

fn contains(list: &[String], id: &str) -> bool {
    list.iter().any(|word| word == "*" || *word == id.to_lowercase())
}

/// The setting of a workspace: its override, else the platform's default.
fn setting(platform: &Value, overridden: Option<&Value>, name: &str) -> Option<Vec<String>> {
    let own = overridden.and_then(|settings| words(settings.get(name)));
    own.or_else(|| words(platform.get("default").and_then(|default| default.get(name))))
}

/// `effective policy of 444455556666 (p-abc123, p-def456)`.
pub(super) fn origin(directory: &Directory, account: AccountId) -> String {
    let ids = || {
        let organization = directory.organization()?;
        let path = organization.path(directory.account(account)?)?;
        let attached = path.iter().flat_map(|target| organization.attached(target.id, PolicyType::ChatbotPolicy));
        Some(attached.flatten().map(|policy| policy.record.id.clone()).collect::<Vec<_>>())
    };
    match ids() {
        Some(ids) if !ids.is_empty() => format!("effective policy of {account} ({})", ids.join(", ")),
        _ => format!("effective policy of {account}"),
    }
}

/// What the policy says of a channel of an account. `user_role`: the member acts with a role of its own.
pub(super) fn answer(
    directory: &Directory,
    account: AccountId,
    chat: &ChatOrigin,
    configuration: Option<&ChannelConfigurationRecord>,
    user_role: bool,
) -> Answer {
    let tenant = configuration.and_then(|configuration| configuration.tenant.as_deref());
    judge(directory, account, chat, tenant, Asked::Role(if user_role { USER_ROLE } else { CHANNEL_ROLE }))
}

const USER_ROLE: &str = "user_role";
const CHANNEL_ROLE: &str = "channel_role";

/// What is asked of the policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Whether the workspace may be used at all.
    Workspace,
    /// Whether a channel of it may be used with this role setting.
    Role(&'static str),
}

/// Where a channel configuration stands.
fn channel_of(configuration: &ChannelConfigurationRecord) -> ChatOrigin {
    ChatOrigin {
        platform: configuration.kind.platform(),
        workspace: configuration.workspace.clone(),
        channel: configuration.channel.clone(),
        channel_type: configuration.channel_type,
        message: String::new(),
        member: String::new(),
        member_name: String::new(),
        actor: ActorKind::Person,
        assurance: Assurance::None,
        approvers: Vec::new(),
        requester_approved: false,
    }
}

impl Directory {
    /// Why the organization's chatbot policy turns a channel configuration off: nobody may act there, neither with the
    /// channel's role nor with a role of their own. `None` while it is in force.
    pub fn configuration_disabled(&self, configuration: &ChannelConfigurationRecord) -> Option<String> {
        let chat = channel_of(configuration);
        let account = configuration.account;
        let chosen = answer(self, account, &chat, Some(configuration), true);
        let of_account = self.account(account).and_then(|account| account.preferences());
        let required = configuration.user_authorization_required
            || of_account.is_some_and(|preferences| preferences.user_authorization_required);
        match answer(self, account, &chat, Some(configuration), false) {
            Answer::Refuses { text, .. } if matches!(chosen, Answer::Refuses { .. }) => {
                Some(reason(self, account, &text))
            }
            _ if required => match chosen {
                Answer::Refuses { text, .. } => Some(reason(self, account, &text)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it makes a difference to the organization's chatbot policy who can find a channel.
    pub fn tells_channel_types_apart(&self, configuration: &ChannelConfigurationRecord) -> bool {
        let refuses = |channel_type, user_role| {
            let chat = ChatOrigin { channel_type, ..channel_of(configuration) };
            let said = answer(self, configuration.account, &chat, Some(configuration), user_role);
            matches!(said, Answer::Refuses { .. })
        };
        let others = [ChannelType::Direct, ChannelType::Private];
        [false, true].into_iter().any(|user_role| {
            others.into_iter().any(|kind| refuses(kind, user_role) != refuses(ChannelType::Public, user_role))
        })
    }

    /// Why the organization's chatbot policy turns a workspace or team off; `None` while it may be used.
    pub fn workspace_disabled(&self, workspace: &WorkspaceRecord) -> Option<String> {
        let chat = ChatOrigin {
            platform: workspace.platform,
            workspace: workspace.id.clone(),
            channel: String::new(),
            channel_type: ChannelType::Private,
            message: String::new(),
            member: String::new(),
            member_name: String::new(),
            actor: ActorKind::Person,
            assurance: Assurance::None,
            approvers: Vec::new(),
            requester_approved: false,
        };
        match judge(self, workspace.account, &chat, workspace.tenant.as_deref(), Asked::Workspace) {
            Answer::Refuses { text, .. } => Some(reason(self, workspace.account, &text)),
            Answer::NotThere | Answer::Passes => None,
        }
    }
}

/// Names the policy and who can change it.
fn reason(directory: &Directory, account: AccountId, text: &str) -> String {
    let whom = directory.organization().map(|organization| organization.management_account().to_string());
    let whom = whom.map_or_else(String::new, |id| format!(" {id}"));
    format!(
        "The chatbot policy of the organization does not allow it: {text} ({}). Contact the management account{whom} or a delegated administrator.",
        origin(directory, account)
    )
}

fn judge(directory: &Directory, account: AccountId, chat: &ChatOrigin, tenant: Option<&str>, asked: Asked) -> Answer {
    let Some(known) = directory.account(account) else {
        return refuse(format!("account {account} is not in the directory"), None);
    };
    let effective = match directory.effective_policy(known, PolicyType::ChatbotPolicy) {
        Ok(None) => return Answer::NotThere,
        Ok(Some(effective)) => effective,
        Err(error) => return refuse(error.to_string(), None),
    };
    let Some(chatbot) = effective.get("chatbot") else { return Answer::NotThere };
    let platform = chatbot.get("platforms").and_then(|platforms| platforms.get(chat.platform.as_str()));
    let client = platform.and_then(|platform| platform.get("client"));
    let client = client.or_else(|| chatbot.get("default").and_then(|default| default.get("client")));
    match client.map(Value::as_str) {
        None | Some(Some("enabled")) => {}
        Some(Some("disabled")) => return refuse(format!("it disables {}", chat.platform), Some("disabled".to_owned())),
        Some(_) => return refuse("its setting `client` cannot be read", client.map(Value::to_string)),
    }
    let Some(platform) = platform else { return Answer::Passes };
    let settings_of = match workspace(platform, chat, tenant) {
        Ok(settings) => settings,
        Err(refusal) => return refusal,
    };
    let Asked::Role(role) = asked else { return Answer::Passes };
    if chat.platform == Platform::Slack {
        let kind = if chat.channel_type == ChannelType::Public { "public" } else { "private" };
        if let Some(kinds) = setting(platform, settings_of, "supported_channel_types")
            && !contains(&kinds, kind)
        {
            return refuse(format!("it does not support {kind} channels"), Some(kinds.join(", ")));
        }
    }
    match setting(platform, settings_of, "supported_role_settings") {
        Some(roles) if !contains(&roles, role) => {
            let choose = match role {
                CHANNEL_ROLE if contains(&roles, USER_ROLE) => CHOOSE_YOUR_OWN,
                _ => "",
            };
            refuse(format!("it does not support the role setting {role}{choose}"), Some(roles.join(", ")))
        }
        _ => Answer::Passes,
    }
}

/// How a refusal ends that a role of the member's own would avoid.
pub(crate) const CHOOSE_YOUR_OWN: &str = "; choose a role of your own: `@aws switch-role` says how";

/// The overriding settings of the channel's workspace or team, if the workspace is allowed at all.
fn workspace<'a>(platform: &'a Value, chat: &ChatOrigin, tenant: Option<&str>) -> Result<Option<&'a Value>, Answer> {
    let overrides = platform.get("overrides");
    match chat.platform {
        Platform::Chime => Ok(None),
        Platform::MicrosoftTeams => {
            let tenant = tenant.unwrap_or_default().to_lowercase();
            if let Some(tenants) = platform.get("tenants") {
                let teams = words(tenants.get(&tenant).or_else(|| tenants.get("*"))).unwrap_or_default();
                if !contains(&teams, &chat.workspace) {
                    return Err(refuse("it does not name this team", Some(chat.workspace.clone())));
                }
            }
            Ok(overrides.and_then(|of| of.get(&tenant)).and_then(|of| of.get(chat.workspace.to_lowercase())))
        }
        Platform::Slack => {
            if let Some(workspaces) = words(platform.get("workspaces"))
                && !contains(&workspaces, &chat.workspace)
            {
                return Err(refuse("it does not name this workspace", Some(chat.workspace.clone())));
            }
            Ok(overrides.and_then(|of| of.get(chat.workspace.to_lowercase())))
        }
    }
}
