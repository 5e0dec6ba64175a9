//! The clouds that the Bot Framework runs in: who signs what comes in, and where tokens for what goes out come from.

/// One cloud. Everything in it is an address or a name that Microsoft publishes; an installation chooses one and cannot
/// mix them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cloud {
    /// The name in our configuration.
    pub name: &'static str,
    /// The issuer of tokens of incoming requests.
    pub issuer: &'static str,
    /// The OpenID metadata of that issuer, which names its keys.
    pub metadata: &'static str,
    /// Where tokens for outgoing requests are asked for, without the tenant.
    pub login: &'static str,
    /// The tenant under which bots of several tenants ask.
    pub shared_tenant: &'static str,
    /// The scope that is asked for.
    pub scope: &'static str,
    /// The hosts of service URLs; a leading dot stands for any name below.
    pub hosts: &'static [&'static str],
    /// The service URL of a channel that has not spoken yet.
    pub service_url: &'static str,
}

/// The clouds. Source: Microsoft's documentation, "Authentication with the Bot Connector API", and the service URLs of
/// "Send proactive messages".
pub const CLOUDS: &[Cloud] = &[
    Cloud {
        name: "public",
        issuer: "https://api.botframework.com",
        metadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
        login: "https://login.microsoftonline.com",
        shared_tenant: "botframework.com",
        scope: "https://api.botframework.com/.default",
        hosts: &["smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"],
        service_url: "https://smba.trafficmanager.net/teams/",
    },
    Cloud {
        name: "us-government",
        issuer: "https://api.botframework.us",
        metadata: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
        login: "https://login.microsoftonline.us",
        shared_tenant: "MicrosoftServices.onmicrosoft.us",
        scope: "https://api.botframework.us/.default",
        hosts: &["smba.infra.gov.teams.microsoft.us", "smba.infra.dod.teams.microsoft.us"],
        service_url: "https://smba.infra.gov.teams.microsoft.us/teams/",
    },
];

impl Cloud {
    /// The cloud of that name.
    pub fn named(name: &str) -> Option<&'static Cloud> {
        CLOUDS.iter().find(|cloud| cloud.name == name)
    }
}

/// The public cloud.
pub const PUBLIC: &Cloud = &CLOUDS[0];
