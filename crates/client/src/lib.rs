//! The only outbound socket: signs and sends what a permit allows, to the endpoint that is configured for the account.
//!
//! - [`Client`] takes a permit and makes its call, with the account's keys or with a session of the caller's role there.
//! - [`Exchange`] is one call to an endpoint: encoded, signed, sent, repeated where that is harmless, decoded.
//! - [`Transport`] is one request out, one bounded answer in.
//!
//! An account of our own directory may have an endpoint with static credentials for the services that Bailiwick itself is
//! not; our ruling is then the only gate before it.
//!
//! [`Deliverer`] sends what the outbox holds until it has arrived or is given up; [`Poster`] does the same for channels of
//! chat platforms, through one [`Courier`] for each.

mod assume;
mod chime;
mod deliver;
mod exchange;
mod fetch;
mod invoke;
mod keys;
mod mirror;
mod network;
mod openid;
mod post;
mod reach;
mod retry;
mod slack;
mod target;
mod teams;
mod transport;

pub use assume::{RoleKeys, can_assume};
pub use chime::ChimeWebhooks;
pub use deliver::{Deliverer, DelivererParts, Deliveries, SealError, Seals, Waits};
pub use exchange::{Exchange, Place};
pub use fetch::Documents;
pub use invoke::{Client, InvokeError, Sent};
pub use keys::{Finding, KeySource, Keys};
pub use mirror::{MirrorError, MirrorOf, MirrorWay};
pub use network::{Network, NetworkError, Proxies};
pub use openid::{EntraSignIn, EntraSignInParts, SignInError, SlackSignIn, SlackSignInParts};
pub use post::{Asked, Courier, Letter, NotPosted, Pace, Poster, PosterParts, Posting, Posts, root_of_thread};
pub use reach::Reach;
pub use slack::socket::{Receives, SocketMode};
pub use slack::{Files, Slack, SlackCallError};
pub use target::{Target, Targets};
pub use teams::{TeamsConnector, TeamsParts};
pub use transport::{DEFAULT_TIMEOUT, MAX_RESPONSE_BYTES, Transport, TransportError};
