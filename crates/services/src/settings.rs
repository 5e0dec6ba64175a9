/// How the services behave where a deployment may choose. The default is Bailiwick's own way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// How many accounts an organization may have, instead of AWS's 10. What an account's own record says comes before it.
    pub account_quota: Option<u32>,
    /// A channel configuration that is created without guardrails gets AWS's default, `AdministratorAccess`, which limits
    /// nothing, and not the protection policy.
    pub aws_compatible_defaults: bool,
    /// What AWS answers before it is done with it is done when it is answered: a new account has its number, a policy type is
    /// enabled, and what was published has been tried to deliver. For instances that tests are run against, which also take
    /// subscriptions and messages that they cannot deliver, and show them as failed.
    pub at_once: bool,
    /// Nobody is asked what policies say. Then a role's trust policy may be any text, a policy may be attached whose type
    /// is not enabled, and the last one be detached: suites of tests that were written where nobody looks use placeholders.
    pub policies_off: bool,
    /// Chatbot as its first guides describe it: what came later, such as its tags, is refused.
    pub seed_semantics: bool,
}
