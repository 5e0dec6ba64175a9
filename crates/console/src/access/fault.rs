//! Why a use case did not answer.

/// Why a use case did not answer. The texts are shown to people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no session, or it has ended.
    #[error("you are not signed in")]
    NotSignedIn,
    /// The one-time link was used before, has expired, or never was.
    #[error("this sign-in link cannot be used any more")]
    LinkUsed,
    /// It was there, and was kept for a while only.
    #[error("the {0} is not kept any more; run the command again")]
    Gone(&'static str),
    /// The person may not do this; the text says why and who can change it.
    #[error("{0}")]
    Refused(String),
    /// There is no such thing, or this person may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was sent cannot be used; the text says what to do.
    #[error("{0}")]
    Invalid(String),
    /// It was tried too often, or too many try at once; the text says when to come again.
    #[error("{0}")]
    TooMany(String),
    /// What somebody signs in with is not right; the text does not say what of it.
    #[error("{0}")]
    WrongSignIn(String),
    /// Something failed inside; the cause is in the log under the request id.
    #[error("something failed inside; the log has the cause under {request_id}")]
    Internal {
        /// The request id.
        request_id: String,
    },
}
