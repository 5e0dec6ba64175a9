//! What an operation's handler takes, and the table it stands in.

use std::future::Future;
use std::pin::Pin;

use bailiwick_authority::Caller;
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn, Partition, Region};

use crate::Context;

/// A call that may run, with its input as the handler's own type.
#[derive(Debug)]
pub struct Authorized<I> {
    /// The input, checked against the model.
    pub input: I,
    inner: bailiwick_authority::Authorized,
}

impl<I> Authorized<I> {
    /// Who calls.
    pub fn caller(&self) -> &Caller {
        self.inner.caller()
    }

    /// The account the call is made in.
    pub fn account(&self) -> AccountId {
        self.inner.call().account
    }

    /// The Region the call is made in.
    pub fn region(&self) -> &Region {
        &self.inner.call().region
    }

    /// The partition the call is made in.
    pub fn partition(&self) -> &Partition {
        &self.inner.call().partition
    }

    /// Everything else that is known of the call: its origin, resources, ruling.
    pub fn authorized(&self) -> &bailiwick_authority::Authorized {
        &self.inner
    }

    /// The ARN of a resource in the call's account and Region.
    ///
    /// # Errors
    /// A name that no ARN can hold; the models' patterns keep such names out.
    pub fn arn(&self, service: &str, resource: &str) -> Result<Arn, Fault> {
        Arn::new(self.partition().as_str(), service, self.region().as_str(), self.account().as_str(), resource)
            .map_err(|error| crate::fault::internal(&error.to_string()))
    }
}

/// What a handler returns on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Value, Fault>> + Send + 'a>>;

/// A handler as it stands in a service's table.
pub type Handler = for<'a> fn(&'a Context<'a>, bailiwick_authority::Authorized) -> Answering<'a>;

/// One served operation: its name in the model and its handler.
pub(crate) type Entry = (&'static str, Handler);

/// Reads the input as the handler's type. The model was checked before, so a failure is ours.
pub(crate) fn typed<I: serde::de::DeserializeOwned>(
    call: bailiwick_authority::Authorized,
) -> Result<Authorized<I>, Fault> {
    let input = call.call().input.deserialize().map_err(|error| crate::fault::internal(&error.to_string()))?;
    Ok(Authorized { input, inner: call })
}

/// Turns the handler's output into a value. The structs are held to the models by a test, so a failure is ours.
pub(crate) fn answered<O: serde::Serialize>(output: Result<O, Fault>) -> Result<Value, Fault> {
    Value::serialize(&output?).map_err(|error| crate::fault::internal(&error.to_string()))
}

/// The table of a service: `operations! { CreateTopic => topics::create_topic, ... }`.
macro_rules! operations {
    ($($name:ident => $handler:path),* $(,)?) => {
        pub(crate) const OPERATIONS: &[$crate::operation::Entry] = &[
            $((stringify!($name), |cx, call| {
                Box::pin(async move {
                    $crate::operation::answered($handler(cx, $crate::operation::typed(call)?).await)
                })
            })),*
        ];
    };
}
pub(crate) use operations;

/// The output of operations that answer nothing.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Nothing {}
