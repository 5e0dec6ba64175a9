use super::bytes::{position, same};
use super::condition::Verdict;
use super::principal::{ACCOUNT, BEHIND, Caller, DIRECT, is_account_id};
use super::resource::Target;
use super::trie::NONE;
use super::{Bucket, Candidate, EVERYTHING, Engine, Row, Statement, WHOLE};
use crate::request::arn_account;
use crate::{Effect, Outcome, Principal, Request, Resource};

/// The longest action that is looked up; AWS's longest has some 60 characters.
const LONGEST_ACTION: usize = 256;
const USUAL_ACTION: usize = 64;
/// The most rows one action can lead to: one for every prefix of its name, and itself.
const MOST_ROWS: usize = 24;
/// How many conditions remember their verdict during one decision.
const REMEMBERED: u32 = 64;

/// One request on its way through the engine.
struct Pass<'e, 'r> {
    engine: &'e Engine,
    request: &'r Request,
    /// The action in lower case.
    action: &'r [u8],
    target: Target<'r>,
    caller: Caller<'r>,
    /// The layers that take part.
    active: u64,
    /// The layers that allow.
    allowed: u64,
    /// How directly the resource policy grants.
    grade: u8,
    /// Verdicts of the first conditions, as they become known: two bits each.
    known: u64,
    holds: u64,
    untold: u64,
}

impl Engine {
    /// Decides a request, with the same outcome as [`oracle::decide`](crate::oracle::decide). Never allocates.
    pub fn decide(&self, request: &Request) -> Outcome {
        if self.masks.overflow || request.action.len() > LONGEST_ACTION {
            return Outcome::ExplicitDeny;
        }
        // The usual length has a buffer of its own, so that no length has to be counted while it is put in lower case.
        let mut usual = [0u8; USUAL_ACTION];
        let mut longest;
        let text = request.action.as_bytes();
        let action = if text.len() <= USUAL_ACTION {
            lower_case(text, &mut usual)
        } else {
            longest = [0u8; LONGEST_ACTION];
            lower_case(text, &mut longest)
        };
        let arn = match &request.resource {
            Resource::Any => None,
            Resource::Arn(arn) => Some(Target::of(arn)),
        };
        let caller = Caller::of(&request.principal);
        let active = self.active(&caller, action);
        let mut pass = Pass {
            engine: self,
            request,
            action,
            target: arn.filter(|_| !request.wildcard_only).unwrap_or(Target::Nothing),
            caller,
            active,
            allowed: 0,
            grade: 0,
            known: 0,
            holds: 0,
            untold: 0,
        };
        pass.run(arn)
    }

    /// Which layers take part. Service and resource control policies do not bind service-linked roles, the former nobody without an
    /// account and the latter not `kms:RetireGrant`. What needs no permission meets only the gates.
    fn active(&self, caller: &Caller<'_>, action: &[u8]) -> u64 {
        let mut active = u64::MAX;
        if action == FREE {
            active = self.masks.endpoint | self.masks.guardrail;
        }
        let linked = caller.principal.is_service_linked();
        if self.masks.service_control != 0 && (linked || caller.account().is_none()) {
            active &= !self.masks.service_control;
        }
        if linked || action == b"kms:retiregrant" {
            active &= !self.masks.resource_control;
        }
        active
    }
}

/// The action that needs no permission.
const FREE: &[u8] = b"sts:getcalleridentity";

/// ASCII letters in lower case; the rest as it is. The buffer is at least as long as the action.
#[inline]
fn lower_case<'b, const N: usize>(action: &[u8], buffer: &'b mut [u8; N]) -> &'b [u8] {
    if let Some(own) = buffer.get_mut(..action.len()) {
        own.copy_from_slice(action);
    }
    buffer.make_ascii_lowercase();
    buffer.get(..action.len()).unwrap_or_default()
}

impl<'e, 'r> Pass<'e, 'r> {
    fn run(&mut self, arn: Option<Target<'r>>) -> Outcome {
        let engine = self.engine;
        if engine.masks.unreadable & self.active != 0 {
            return Outcome::ExplicitDeny;
        }
        let mut rows = [&engine.everywhere; MOST_ROWS];
        let mut count = 1;
        let mut crowded = false;
        let (service, name) = self.action_parts();
        if let Some(root) = engine.services.root(service) {
            engine.tries.walk(root, name, |node, whole| {
                let Some(node) = engine.nodes.get(node as usize) else { return false };
                let exact = if whole { node.exact } else { NONE };
                for row in [node.prefix, exact] {
                    if let Some(row) = engine.rows.get(row as usize) {
                        match rows.get_mut(count) {
                            Some(place) => *place = row,
                            None => crowded = true,
                        }
                        count += 1;
                    }
                }
                false
            });
        }
        if crowded {
            return self.run_crowded(arn);
        }
        let rows = rows.get(..count).unwrap_or_default();
        for row in rows {
            if self.search(&row.deny, Effect::Deny) {
                return Outcome::ExplicitDeny;
            }
        }
        for row in rows {
            self.search(&row.allow, Effect::Allow);
        }
        self.conclude(arn)
    }

    /// The same for an action that leads to more rows than are kept: they are walked through twice.
    fn run_crowded(&mut self, arn: Option<Target<'r>>) -> Outcome {
        let engine = self.engine;
        let (service, name) = self.action_parts();
        for effect in [Effect::Deny, Effect::Allow] {
            let bucket = |row: &'e Row| if effect == Effect::Deny { &row.deny } else { &row.allow };
            let mut denied = self.search(bucket(&engine.everywhere), effect);
            if let Some(root) = engine.services.root(service) {
                denied |= engine.tries.walk(root, name, |node, whole| {
                    let Some(node) = engine.nodes.get(node as usize) else { return false };
                    let rows = [node.prefix, if whole { node.exact } else { NONE }];
                    let mut rows = rows.into_iter().filter_map(|row| engine.rows.get(row as usize));
                    rows.any(|row| self.search(bucket(row), effect))
                });
            }
            if denied {
                return Outcome::ExplicitDeny;
            }
        }
        self.conclude(arn)
    }

    /// Looks at the candidates of a bucket; for denies, true as soon as one applies.
    fn search(&mut self, bucket: &Bucket, effect: Effect) -> bool {
        let engine = self.engine;
        for candidate in bucket.any.of(&engine.candidates) {
            if self.consider(candidate, effect) {
                return true;
            }
        }
        if bucket.tree == NONE {
            return false;
        }
        // Without an ARN no pattern in the tree can match: `*` is never there.
        let Some(tail) = self.target.tail() else { return false };
        engine.tries.walk(bucket.tree, tail.as_bytes(), |range, _| {
            let range = engine.ranges.get(range as usize).copied().unwrap_or_default();
            range.of(&engine.candidates).iter().any(|candidate| self.consider(candidate, effect))
        })
    }

    /// Looks at one candidate. True ends the search: a deny applies.
    #[inline]
    fn consider(&mut self, candidate: &Candidate, effect: Effect) -> bool {
        let engine = self.engine;
        let bit = 1u64 << candidate.layer;
        if self.active & bit == 0 {
            return false;
        }
        // A layer that allows allows; only the resource policy may still grant more directly.
        let improves = bit == engine.masks.resource && self.grade < DIRECT;
        if effect == Effect::Allow && self.allowed & bit != 0 && !improves {
            return false;
        }
        let Some(statement) = engine.statements.get(candidate.statement as usize) else { return false };
        if !self.resource_matches(candidate, statement, effect) {
            return false;
        }
        if !candidate.action_known && !self.action_matches(statement) {
            return false;
        }
        let mut grade = DIRECT;
        if let Some(principals) = engine.principals.get(statement.principals as usize) {
            grade = principals.grade(&self.caller, effect);
            if grade == 0 {
                return false;
            }
        }
        if !self.conditions_hold(statement, effect) {
            return false;
        }
        if effect == Effect::Deny {
            return true;
        }
        self.allowed |= bit;
        if bit == engine.masks.resource {
            self.grade = self.grade.max(grade);
        }
        false
    }

    #[inline]
    fn resource_matches(&self, candidate: &Candidate, statement: &Statement, effect: Effect) -> bool {
        let context = &self.request.context;
        match candidate.pattern {
            EVERYTHING => true,
            WHOLE => match self.engine.resources.get(statement.resources as usize) {
                Some(resources) => resources.apply(&self.target, context, effect == Effect::Allow),
                None => false,
            },
            pattern => self.engine.patterns.get(pattern as usize).is_some_and(|p| p.matches(&self.target, context)),
        }
    }

    /// What stands before and after the first colon; nothing matches an action without one but `*`.
    fn action_parts(&self) -> (&'r [u8], &'r [u8]) {
        match position(self.action, b':') {
            Some(colon) => {
                (self.action.get(..colon).unwrap_or_default(), self.action.get(colon + 1..).unwrap_or_default())
            }
            None => (&[], &[]),
        }
    }

    fn action_matches(&self, statement: &Statement) -> bool {
        let Some(actions) = self.engine.actions.get(statement.actions as usize) else { return false };
        // Only ASCII letters were changed, so that it is still text.
        let Ok(action) = std::str::from_utf8(self.action) else { return false };
        let listed = actions.patterns.iter().any(|pattern| pattern.matches(action, &self.request.context));
        listed != actions.negated
    }

    /// All hold; what cannot be told holds for a deny and not for an allow, unless another condition fails.
    fn conditions_hold(&mut self, statement: &Statement, effect: Effect) -> bool {
        let engine = self.engine;
        let mut untold = false;
        for number in statement.conditions.of(&engine.condition_lists) {
            match self.condition(*number) {
                Verdict::No => return false,
                Verdict::Yes => {}
                Verdict::Unknown => untold = true,
            }
        }
        !untold || effect == Effect::Deny
    }

    fn condition(&mut self, number: u32) -> Verdict {
        let evaluate = || match self.engine.conditions.get(number as usize) {
            Some(condition) => condition.evaluate(&self.request.context),
            None => Verdict::Unknown,
        };
        if number >= REMEMBERED {
            return evaluate();
        }
        let bit = 1u64 << number;
        if self.known & bit == 0 {
            let verdict = evaluate();
            self.known |= bit;
            match verdict {
                Verdict::No => {}
                Verdict::Yes => self.holds |= bit,
                Verdict::Unknown => self.untold |= bit,
            }
        }
        if self.holds & bit != 0 {
            Verdict::Yes
        } else if self.untold & bit != 0 {
            Verdict::Unknown
        } else {
            Verdict::No
        }
    }

    /// Joins what the layers say.
    fn conclude(&self, arn: Option<Target<'r>>) -> Outcome {
        let masks = &self.engine.masks;
        let root = matches!(self.request.principal, Principal::Root { .. });
        // Only of a root user, and for what is free, nothing may be required.
        if self.allowed == 0 && !root && self.action != FREE {
            return Outcome::ImplicitDeny;
        }
        let mut required =
            (masks.resource_control | masks.service_control | masks.endpoint | masks.guardrail) & self.active;
        if self.action == FREE {
            return if self.allowed & required == required { Outcome::Allowed } else { Outcome::ImplicitDeny };
        }
        let limits = masks.boundary | masks.session;
        let bare = matches!(self.request.principal, Principal::FederatedUser { .. }) && masks.session == 0;
        // A layer that has to allow and is not there cannot.
        let mut possible = true;
        match self.relation(arn) {
            Relation::Outside => {
                required |= limits | masks.resource;
                possible &= masks.resource != 0;
            }
            Relation::Other => {
                required |= limits | masks.resource;
                possible &= masks.resource != 0 && !bare;
                if !root {
                    required |= masks.identity;
                    possible &= masks.identity != 0;
                }
            }
            Relation::Same => {
                let must = masks.trust || (masks.resource != 0 && self.is_gatekept(arn));
                if must {
                    required |= masks.resource;
                }
                match self.grade {
                    _ if root => required |= limits,
                    DIRECT => {}
                    BEHIND => {
                        required |= limits;
                        possible &= !bare;
                    }
                    grade => {
                        debug_assert!(grade <= ACCOUNT);
                        required |= limits | masks.identity;
                        possible &= masks.identity != 0 && !bare;
                    }
                }
            }
        }
        if possible && self.allowed & required == required { Outcome::Allowed } else { Outcome::ImplicitDeny }
    }

    /// A key of KMS, or a role that is being assumed: its own policy has to allow.
    fn is_gatekept(&self, arn: Option<Target<'r>>) -> bool {
        let Some(Target::Arn { text, starts }) = arn else { return false };
        let last = text.get(starts[4]..).unwrap_or_default();
        match text.get(starts[1]..starts[2]) {
            Some("kms:") => last.starts_with("key/"),
            Some("iam:") => {
                let assumes = |name: &[u8]| {
                    name.starts_with(b"assumerole") || name == b"tagsession" || name == b"setsourceidentity"
                };
                last.starts_with("role/") && self.action.strip_prefix(b"sts:").is_some_and(assumes)
            }
            _ => false,
        }
    }

    fn relation(&self, arn: Option<Target<'r>>) -> Relation {
        let Some(caller) = self.caller.account() else { return Relation::Outside };
        let same = match (&self.request.resource_account, arn) {
            (Some(owner), _) => owner.as_str() == caller,
            (None, None) => true,
            (None, Some(target @ Target::Arn { .. })) => {
                target.account().is_none_or(|owner| same(owner.as_bytes(), caller.as_bytes()) || !is_account_id(owner))
            }
            (None, Some(_)) => arn_account(self.request.resource.as_str()).is_none_or(|owner| owner.as_str() == caller),
        };
        if same { Relation::Same } else { Relation::Other }
    }
}

/// How caller and resource stand to each other.
enum Relation {
    /// The caller belongs to no account.
    Outside,
    /// They belong to different accounts.
    Other,
    /// They belong to the same account.
    Same,
}
