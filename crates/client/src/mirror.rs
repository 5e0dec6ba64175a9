//! Reads what a remote account's own IAM and organization say of who may what there.
//! Sources: the IAM API reference, GetAccountAuthorizationDetails; the Organizations API reference, ListParents,
//! ListPoliciesForTarget and DescribePolicy.

mod account;
mod organization;

use bailiwick_authority::MirrorReading;
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::http::percent_decode;
use bailiwick_ident::{AccountId, Partition, Region};

use crate::exchange::{Exchange, Place};
use crate::invoke::InvokeError;
use crate::keys::KeySource;
use crate::target::Target;

/// Pages of one listing that are read at most, and bytes of policies of one account.
const MAX_PAGES: usize = 500;
const MAX_BYTES: usize = 32 << 20;

/// Why an account could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// A call did not succeed.
    #[error("{operation}: {cause}")]
    Call {
        /// The operation.
        operation: &'static str,
        /// What came of it.
        cause: InvokeError,
    },
    /// An answer lacks what it has to have.
    #[error("the answer of {operation} cannot be read: {what}")]
    Answer {
        /// The operation.
        operation: &'static str,
        /// What is wrong.
        what: String,
    },
    /// The account has more than is read.
    #[error("account {account} has more roles and policies than are read ({MAX_BYTES} bytes)")]
    TooLarge {
        /// The account.
        account: AccountId,
    },
}

/// A way to read an account: its endpoints, and the role that may read.
#[derive(Clone, Copy)]
pub struct MirrorWay<'a> {
    /// The account's endpoints.
    pub target: &'a Target,
    /// Where IAM and Organizations are asked.
    pub region: &'a Region,
    /// The keys of the role that reads.
    pub source: &'a dyn KeySource,
}

impl MirrorWay<'_> {
    fn place(&self, service: &str) -> Place {
        self.target.place(service, self.region)
    }
}

/// What is to be read.
#[derive(Clone, Copy)]
pub struct MirrorOf<'a> {
    /// The partition.
    pub partition: &'a Partition,
    /// The ARN of the role that reads, for the record.
    pub read_as: &'a str,
    /// The way into the account.
    pub way: MirrorWay<'a>,
    /// The way into another account, by its id: most of an organization can only be read in its management account.
    pub others: &'a (dyn Fn(AccountId) -> Option<MirrorWay<'a>> + Sync),
}

impl Exchange {
    /// Reads an account's roles, managed policies, and the policies of its organization as far as it is allowed to.
    ///
    /// # Errors
    /// Roles or policies cannot be read. An organization that may not be read is no error: it is said in the reading.
    pub async fn read_mirror(&self, of: &MirrorOf<'_>) -> Result<MirrorReading, MirrorError> {
        let read_at = self.now();
        let (roles, policies) = account::read(self, of).await?;
        let organization = organization::read(self, of).await?;
        Ok(MirrorReading {
            account: of.way.target.account,
            read_at,
            read_as: of.read_as.to_owned(),
            roles,
            policies,
            organization,
        })
    }

    async fn ask(
        &self,
        way: &MirrorWay<'_>,
        service: &'static str,
        operation: &'static str,
        input: Value,
    ) -> Result<Value, MirrorError> {
        let call = async {
            let model = self.service(service)?;
            let known = model.operation(operation);
            let known =
                known.ok_or_else(|| InvokeError::NotSent(format!("there is no operation {service}:{operation}")))?;
            self.call(&way.place(service), way.source, &model, known, &input).await
        };
        call.await.map_err(|cause| MirrorError::Call { operation, cause })
    }

    /// Every element of a listing.
    async fn every(
        &self,
        way: &MirrorWay<'_>,
        operation: &'static str,
        input: &[(&str, &str)],
        member: &'static str,
    ) -> Result<Vec<Value>, MirrorError> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let members = input.iter().map(|(name, value)| (*name, Value::from(*value)));
            let next = token.as_deref().map(|token| ("NextToken", Value::from(token)));
            let answer = self.ask(way, "organizations", operation, Value::map(members.chain(next))).await?;
            found.extend(answer.get(member).and_then(Value::as_list).unwrap_or_default().iter().cloned());
            token = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(MirrorError::Answer { operation, what: format!("it goes on after {MAX_PAGES} pages") })
    }
}

impl MirrorError {
    /// What the account refused, where it refused something.
    fn fault(&self) -> Option<&Fault> {
        match self {
            MirrorError::Call { cause: InvokeError::Fault(fault), .. } => Some(fault),
            _ => None,
        }
    }
}

/// A document as text: IAM answers with it percent-encoded.
fn document(text: &str) -> Option<String> {
    match text.trim_start().starts_with('{') {
        true => Some(text.to_owned()),
        false => String::from_utf8(percent_decode(text, false)).ok(),
    }
}

/// A text of an answer that has to be there.
fn text(value: &Value, operation: &'static str, member: &str) -> Result<String, MirrorError> {
    let found = value.get(member).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| MirrorError::Answer { operation, what: format!("{member} is missing") })
}
