//! Who may what.
//!
//! The [`Directory`] is an immutable snapshot of accounts, the organization, channels, people and resources. The
//! [`Authority`] authenticates callers, turns a [`Call`] into the IAM actions, resources and condition keys it asks for,
//! gathers the policies of every layer, has the policy engine decide, writes the [`Ruling`] to the audit trail and only
//! then makes a [`Permit`]. Nothing else makes one, and whatever acts takes one by value.
//!
//! Every failure on the way is a refusal: an unreadable policy, an unknown operation, a store that does not answer.

pub mod audit;
mod authority;
mod bounded;
mod call;
mod caller;
mod decide;
mod directory;
mod engines;
mod facts;
mod inheritance;
mod managed;
pub mod mfa;
mod nonsupported;
mod origin;
pub mod password;
mod permit;
mod quote;
pub mod record;
mod reference;
mod regions;
mod remote;
mod ruling;
pub mod sample;
mod session;
pub mod templates;
mod usage;
mod world;

pub use authority::{
    Authority, AuthorityError, ChannelError, CommitError, Decision, Enforcement, Outcome, Parts, Unrecorded,
};
pub use call::Call;
pub use caller::{Caller, Principal, SYSTEM_PRINCIPAL, Session, Tags};
pub use decide::PROTECTION_POLICY;
pub use directory::{
    Account, ApplyError, Directory, FULL_AWS_ACCESS, Group, InstanceProfile, InvalidPrincipal, LoadError,
    ManagedPolicy, Mirror, MirroredPolicy, Organization, OrganizationPolicy, RCP_FULL_AWS_ACCESS, Resource, Role,
    STORED_FORMAT, Target, User, instance_profile_arn, role_arn, user_arn,
};
pub use facts::{CallFacts, Check, Rows, RowsError, Subject};
pub use inheritance::{EffectivePolicy, EffectivePolicyError, InheritanceError};
pub use managed::ManagedPolicies;
pub use nonsupported::{NonSupported, OpenError};
pub use origin::{ActorKind, AgentOrigin, Assurance, ChannelType, ChatOrigin, Origin, Platform};
pub use permit::{Authorized, PERMIT_SECONDS, Permit, PermitError, PermittedResource, SessionPlan};
pub use quote::quoted;
pub use record::{DirectoryChange, Record, RecordKey, RecordKind};
pub use reference::Reference;
pub use regions::{RegionState, Regions};
pub use remote::{KeptMirror, MirrorReading, Remote, Remotes, lasting};
pub use ruling::{Changer, CheckRuling, Denial, DenialKind, Ruling, Step, StepState};
pub use session::{
    AuthError, IssueError, IssuedCredentials, KeySet, TokenError, UnverifiedToken, WebIdentity, access_key_record,
};
pub use usage::{KeyUse, ServiceUse, Usage, Use};
pub use world::{Clock, Entropy, ordered_uuid, secret_access_key, unique_id, uuid};
