use std::sync::Arc;

use bailiwick_aws::sigv4::{Claim, Secret, SigningKey};
use bailiwick_ident::Timestamp;

use super::Authority;
use crate::{
    bounded::Bounded,
    caller::Caller,
    regions::RegionState,
    session::{self, AuthError, Sealed},
};

/// How many derived keys are kept, and how many bytes they and the sealed texts that they are found by may take.
const MOST_KEYS: usize = 4_096;
const MOST_KEY_BYTES: usize = 1 << 20;

/// Room for derived keys. Each belongs to a sealed secret, a day, a Region and a service, so that none outlives its secret.
pub(super) fn signing_keys() -> Bounded<String, Arc<SigningKey>> {
    Bounded::new(MOST_KEYS, MOST_KEY_BYTES)
}

impl Authority {
    /// Who a signed request claims to be, and the key its signature must have been made with. Verifying the signature
    /// is for whoever has the request. The caller's connection (address, user agent, request id) is filled in there, too.
    ///
    /// # Errors
    /// [`AuthError`]; every one of them means: not let in.
    pub fn authenticate(&self, claim: &Claim, now: Timestamp) -> Result<(Caller, Arc<SigningKey>), AuthError> {
        let token = claim.security_token().map(Secret::expose);
        let directory = self.directory.load();
        let (caller, sealed) = session::authenticate(&directory, &self.parts.vault, claim.access_key_id(), token, now)?;
        // In a Region that the account has not enabled nobody knows its keys; credentials of version 1 are not known in
        // any Region that must be enabled.
        let state = caller.principal.account().and_then(|id| self.regions.state(&directory, id, claim.region()));
        let narrow = caller.session.as_ref().is_some_and(|session| session.default_regions_only);
        match state {
            Some(RegionState::EnabledByDefault) => {}
            Some(RegionState::Enabled) if !narrow => {}
            Some(RegionState::Enabled | RegionState::Disabled) | None => return Err(AuthError::InvalidKey),
        }
        Ok((caller, self.signing_key(claim, sealed)?))
    }

    /// The key that a claim must be signed with. Whoever signs a request signs more of them on the same day, so the key is
    /// kept.
    fn signing_key(&self, claim: &Claim, sealed: Sealed<'_>) -> Result<Arc<SigningKey>, AuthError> {
        let (date, region, service) = (claim.date(), claim.region(), claim.service());
        let derive = |secret: Secret| Arc::new(secret.signing_key(date, region, service));
        let text = match sealed {
            Sealed::Stored(text) => text,
            Sealed::Session(secret) => return Ok(derive(secret)),
        };
        let place = format!("{} {text} {date}/{region}/{service}", claim.access_key_id());
        if let Some(known) = self.signing_keys.get(&place) {
            return Ok(known);
        }
        let key = derive(sealed.open(&self.parts.vault, claim.access_key_id())?);
        let weight = place.len().saturating_add(size_of::<SigningKey>());
        Ok(self.signing_keys.keep(place, key, weight))
    }
}
