//! Who may do what across accounts: every kind of principal against every way to grant and to stop, as tables that a person
//! reviews cell by cell (`matrix/snapshots`).
//!
//! The rules are those of AWS's IAM guide: "Policy evaluation logic", "Cross-account policy evaluation logic", "Policy
//! evaluation for requests within a single account" and "Permissions boundaries for IAM entities".
//!
//! A cell is `allow`, `no LAYER` where the layer does not allow it, `deny LAYER` where a statement of the layer denies it, or
//! `-` where the principal has no such layer; whoever is in no organization has none to ask for.

mod cast;
mod grants;

use bailiwick_authority::{DenialKind, Origin, Ruling};

use cast::{Stage, Who};
use grants::{COLUMNS, Column};

/// What the principals reach for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Publishing to a topic with a policy.
    Topic,
    /// Assuming a role by its trust policy.
    Role,
    /// Listing the organization's accounts by its resource policy.
    Organization,
}

impl Target {
    fn action(self) -> &'static str {
        match self {
            Target::Topic => "sns:Publish",
            Target::Role => "sts:AssumeRole",
            Target::Organization => "organizations:ListAccounts",
        }
    }
}

fn layer(ruling: &Ruling) -> String {
    let denial = ruling.denial.as_ref().unwrap();
    let name = match denial.kind {
        DenialKind::Bailiwick | DenialKind::Credentials => return denial.sentence.clone(),
        DenialKind::Boundary => "boundary",
        DenialKind::Identity => "identity",
        DenialKind::Resource => "resource",
        DenialKind::ResourceControl => "RCP",
        DenialKind::ServiceControl => "SCP",
        DenialKind::Session => "session",
        DenialKind::Trust => "trust",
    };
    format!("{} {name}", if denial.explicit { "deny" } else { "no" })
}

async fn cell(stage: &Stage, target: Target, who: Who, column: &Column) -> String {
    if target == Target::Organization && !who.is_member() {
        return "-".to_owned();
    }
    let Some(policies) = column.policies(who, target) else { return "-".to_owned() };
    stage.set(target, who, &policies).await;
    let (caller, call) = (stage.caller(who, &policies), stage.call(target, who));
    match stage.world.authorize(&caller, &Origin::Api, &call).await {
        Ok(_) => "allow".to_owned(),
        Err(ruling) => layer(&ruling),
    }
}

/// The tables of one target: one for each way to grant or to stop, with a line for each principal.
async fn table(target: Target) -> String {
    let stage = Stage::new().await;
    let mut text = format!("{}\n", target.action());
    for column in COLUMNS {
        text.push_str(&format!("\n{}: {}\n", column.name, column.about));
        for who in Who::ALL {
            text.push_str(&format!("  {:<42} {}\n", who.name(), cell(&stage, target, *who, column).await));
        }
    }
    text
}

macro_rules! tables {
    ($($name:ident: $target:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            let table = table($target).await;
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("matrix/snapshots");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(stringify!($name), table));
        })*
    };
}

tables! {
    topic: Target::Topic;
    role_trust: Target::Role;
    organization: Target::Organization;
}
