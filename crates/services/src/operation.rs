//! What an operation's handler takes, and the table it stands in.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bailiwick_authority::Caller;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::{Service, Value};
use bailiwick_ident::{AccountId, Arn, Partition, Region, Timestamp};

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

/// One served operation.
pub(crate) struct Entry {
    /// Its name in the model.
    pub(crate) name: &'static str,
    /// Its handler.
    pub(crate) handler: Handler,
    /// Reads an input as the handler does, for the test that holds handlers to the models.
    #[cfg(test)]
    pub(crate) read: crate::operation::held::Read,
}

/// Reads the input as the handler's type. The model was checked before, so a failure is ours.
pub(crate) fn typed<I: serde::de::DeserializeOwned>(
    call: bailiwick_authority::Authorized,
) -> Result<Authorized<I>, Fault> {
    let input = call.call().input.deserialize().map_err(|error| crate::fault::internal(&error.to_string()))?;
    Ok(Authorized { input, inner: call })
}

/// The model of a service; `None` for one that nobody knows.
pub(crate) fn model(pack: &Pack, service: &str) -> Result<Option<Arc<Service>>, Fault> {
    if !pack.has_service(service) {
        return Ok(None);
    }
    pack.service(service).map(Some).map_err(|error| crate::fault::internal(&error.to_string()))
}

/// Turns a handler's output into a value of the model's form. An output that does not fit is our failure.
pub(crate) fn answered<O: serde::Serialize>(
    pack: &Pack,
    service: &str,
    operation: &str,
    output: &O,
) -> Result<Value, Fault> {
    let model = model(pack, service)?;
    let shape = model.as_ref().and_then(|service| service.operation(operation)?.output.as_ref().zip(Some(service)));
    let value = match shape {
        Some((shape, service)) => Value::serialize_as(output, service, shape),
        None => Value::serialize(output),
    };
    let mut value = value.map_err(|error| {
        crate::fault::internal(&format!("the answer of {service}:{operation} does not fit: {error}"))
    })?;
    if WHOLE_SECONDS.contains(&service) {
        to_whole_seconds(&mut value);
    }
    Ok(value)
}

/// The services that tell times in whole seconds, as the examples of their API references show.
const WHOLE_SECONDS: &[&str] = &["iam", "sts"];

fn to_whole_seconds(value: &mut Value) {
    match value {
        Value::Timestamp(time) => *time = Timestamp::from_seconds(time.as_seconds()),
        Value::List(values) => values.iter_mut().for_each(to_whole_seconds),
        Value::Map(members) => members.values_mut().for_each(to_whole_seconds),
        _ => {}
    }
}

/// The table of a service: `operations! { CreateTopic => topics::create_topic, ... }`.
macro_rules! operations {
    ($($name:ident => $handler:path),* $(,)?) => {
        pub(crate) const OPERATIONS: &[$crate::operation::Entry] = &[
            $($crate::operation::Entry {
                name: stringify!($name),
                handler: |cx, call| {
                    Box::pin(async move {
                        let service = call.call().service.clone();
                        let output = $handler(cx, $crate::operation::typed(call)?).await?;
                        $crate::operation::answered(cx.pack, &service, stringify!($name), &output)
                    })
                },
                #[cfg(test)]
                read: |input| $crate::operation::held::read($handler, input),
            }),*
        ];
    };
}
pub(crate) use operations;

/// The output of operations that answer nothing.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Nothing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_whole_seconds_at_every_depth() {
        let time = |millis| Value::Timestamp(Timestamp::from_millis(millis));
        let tree = |millis| Value::Map([("Users".to_owned(), Value::List(vec![time(millis)]))].into_iter().collect());
        let mut value = tree(1_500);
        to_whole_seconds(&mut value);
        assert_eq!(value, tree(1_000));
    }
}

#[cfg(test)]
pub(crate) mod held;
