//! The AWS services that Bailiwick itself is: iam, sts and organizations (the API of the directory), sns, chatbot, chime,
//! and `bailiwick` for what AWS has in its console only.
//!
//! A handler is a plain function from a typed, authorized input to a typed output:
//!
//! ```ignore
//! async fn create_topic(cx: &Context<'_>, call: Authorized<CreateTopicInput>) -> Result<CreateTopicOutput, Fault>
//! ```
//!
//! What it wants stored it says to its [`Context`]; the frame ([`Services::invoke`]) opens the permit, checks the input
//! against the model, runs the handler, and commits what it asked for together with the outcome's audit record. Routing,
//! wire formats and authorization are not a handler's business: whoever gets an [`Authorized`] input may act on it.
//!
//! Reading one handler should be enough to write the next.

mod account;
pub mod approval;
mod bailiwick;
mod chatbot;
mod chime;
mod context;
mod fault;
mod frame;
pub mod held;
mod iam;
pub mod identity;
mod input;
mod operation;
mod organizations;
mod page;
mod settings;
pub mod sign_in;
mod sns;
mod sts;
mod turns;
mod wake;

pub use context::Context;
pub use frame::{Answer, CallError, InvokeError, Parts, Posted, Services, Told, WebhookRefusal};
pub use iam::qr_code;
pub use operation::{Answering, Authorized, Handler};
pub use settings::Settings;
pub use sns::{Certificate, Signer, SigningError, SnsSettings};
pub use sts::{Fetch, Fetching};
pub use wake::{Waiter, Wake};
