use std::sync::Arc;

use bailiwick_store::Change;

use super::{Authority, AuthorityError, Ruled};
use crate::{call::Call, caller::Caller, directory::Directory, origin::Origin, permit::Authorized, ruling::Ruling};

/// A decision whose record is not stored yet. Nothing of what the call comes to may leave or be stored before or without
/// it, so it goes into the very commit that stores what the call does.
#[must_use = "a decision has to be recorded, whatever it is"]
#[derive(Debug)]
pub struct Unrecorded {
    revision: u64,
    record: Change,
}

impl Unrecorded {
    /// The decision's record, for a commit that changes the directory: it asserts the revision by itself.
    pub fn into_record(self) -> Change {
        self.record
    }

    /// The decision's record, with the assertion that the directory is still the one it was made from.
    pub fn asserted(self) -> Change {
        Change::new().require_directory(self.revision).and(self.record)
    }
}

/// What [`Authority::decide`] answers.
#[derive(Debug)]
pub enum Decision {
    /// The call may be computed on this snapshot; its answer and its changes wait for the commit.
    Allowed(Box<Authorized>, Arc<Directory>, Unrecorded),
    /// The call must not be made. The refusal is given once it is stored.
    Denied(Box<Ruling>, Unrecorded),
}

impl Authority {
    /// Decides a call of a service of our own, whose handler only computes: on a snapshot, towards changes that it asks for.
    /// The decision is stored with what the handler asks for and with the outcome, in one commit, before anybody is
    /// answered; where that commit fails, nothing took place. Calls that reach further need a permit, see
    /// [`Authority::authorize`].
    ///
    /// # Errors
    /// The decision's record could not be written.
    pub fn decide(&self, caller: &Caller, origin: &Origin, call: Call) -> Result<Decision, AuthorityError> {
        let directory = self.directory();
        let Ruled { ruling, plan, record, shared } = self.rule(&directory, caller, origin, &call)?;
        self.usage.note(&ruling, caller, &call);
        let unrecorded = Unrecorded { revision: directory.revision(), record };
        if !ruling.passes() {
            return Ok(Decision::Denied(Box::new(ruling), unrecorded));
        }
        let authorized = Authorized::provisional(Arc::new(ruling), shared, caller.clone(), origin.clone(), call, plan);
        Ok(Decision::Allowed(Box::new(authorized), directory, unrecorded))
    }
}
