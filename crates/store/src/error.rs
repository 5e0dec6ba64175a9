/// Why the store did not do what was asked. Nothing of a failed [`Change`](crate::Change) is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Something that may exist once exists already: an entity put with [`Expect::Absent`](crate::Expect::Absent), an inbox message
    /// identity seen before, a message, event or audit id, an idempotency token still in force.
    #[error("{what} exists already")]
    Duplicate {
        /// What exists, in words and with its key.
        what: String,
    },
    /// A precondition did not hold: another revision, a missing row, a lost lease. Read again and decide again.
    #[error("{what}; read it again and decide again")]
    Conflict {
        /// What was expected and what is there.
        what: String,
    },
    /// The store cannot be used now: closed, locked by another process, disk full, opened for reading only.
    #[error("the store is not available: {cause}")]
    Unavailable {
        /// The cause, with what to do about it where something can be done.
        cause: String,
    },
    /// What is stored is not what this program wrote: a changed migration, a wrong key, a damaged file.
    #[error("the stored data of {what} is damaged: {why}")]
    Corrupt {
        /// Where.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// A value is larger than the store accepts, or a change has too many operations.
    #[error("{what} is over the limit of {limit}")]
    Limit {
        /// What is too large.
        what: String,
        /// The limit, in bytes or rows as `what` says.
        limit: u64,
    },
}

impl StoreError {
    pub(crate) fn duplicate(what: impl Into<String>) -> Self {
        Self::Duplicate { what: what.into() }
    }

    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    pub(crate) fn unavailable(cause: impl Into<String>) -> Self {
        Self::Unavailable { cause: cause.into() }
    }

    pub(crate) fn corrupt(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), why: why.into() }
    }
}
