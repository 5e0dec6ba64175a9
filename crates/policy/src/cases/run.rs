use super::{Answer, Authorize, Case, Compare, Engine, ExpectedDecision, Question, Simulate, Validate, ValidateKind};
use crate::compare::{Comparison, compare};
use crate::lint::{self, AwsError, NoVocabulary, Vocabulary};
use crate::simulator::EvalDecision;
use crate::{
    Cause, Context, Decision, Diagnostic, Layers, Outcome, Policy, PolicyType, Principal, Request, Resource, Severity,
    oracle,
};

impl Case {
    /// Asks the engine. Never panics; what cannot be answered becomes an [`Answer`] with an error.
    pub fn run(&self, engine: Engine) -> Answer {
        self.run_with(engine, &NoVocabulary)
    }

    /// The same, with what is known of AWS's services: cases of the simulator depend on which resources an action takes.
    pub fn run_with(&self, engine: Engine, vocabulary: &dyn Vocabulary) -> Answer {
        match &self.question {
            Question::Authorize(case) => authorize(&self.id, case, engine),
            Question::Simulate(case) => simulated(&self.id, case, vocabulary),
            Question::Validate(case) => validate(&self.id, case),
            Question::Wildcard { pattern, text, expected } => wildcard(&self.id, pattern, text, *expected, engine),
            Question::Compare(case) => compared(&self.id, case),
            Question::Other { kind, expects } => {
                let error = format!("there are no cases of the kind `{kind}`: the kinds are {KINDS}");
                Answer::failed(&self.id, error, *expects)
            }
        }
    }
}

const KINDS: &str = "authorize, check_no_new_access, compare, simulate, validate and wildcard";

fn compared(id: &str, case: &Compare) -> Answer {
    let comparison = compare(&case.a, &case.b);
    let unread = case.a.iter().chain(&case.b).find_map(|policy| match policy.document() {
        Some(_) => None,
        None => Some(format!("`{}` cannot be read: {}", policy.name(), policy.diagnostics().first()?.message)),
    });
    if comparison == Comparison::Unknown {
        let why = unread.unwrap_or_else(|| "there are too many combinations to walk through".to_owned());
        return Answer { decision: "unknown", ..Answer::failed(id, why, case.expected.is_some()) };
    }
    let decision = match (case.only_new, comparison) {
        (false, comparison) => comparison.as_str(),
        (true, Comparison::Equivalent | Comparison::AMorePermissive) => "PASS",
        (true, _) => "FAIL",
    };
    Answer {
        id: id.to_owned(),
        decision,
        blocked_by: Vec::new(),
        reason: String::new(),
        error: None,
        agrees: case.expected.as_ref().map(|expected| expected == decision),
    }
}

fn authorize(id: &str, case: &Authorize, engine: Engine) -> Answer {
    let (decision, error) = decide(&case.request, &case.layers, engine);
    let named = |layer: &PolicyType| match layer {
        PolicyType::Trust if case.trust_as_resource => PolicyType::Resource.as_str(),
        layer => layer.as_str(),
    };
    let blocked_by: Vec<&'static str> = decision.blocked_by.iter().map(named).collect();
    let decided = case.expected.map(|expected| match expected {
        ExpectedDecision::Allowed => decision.outcome == Outcome::Allowed,
        ExpectedDecision::Denied => decision.outcome != Outcome::Allowed,
        ExpectedDecision::ExplicitDeny => decision.outcome == Outcome::ExplicitDeny,
        ExpectedDecision::ImplicitDeny => decision.outcome == Outcome::ImplicitDeny,
    });
    let blocked = case.blocked_by.as_ref().map(|expected| same_layers(&blocked_by, expected));
    let worded = is_worded(&decision, case);
    Answer {
        id: id.to_owned(),
        decision: decision.outcome.as_str(),
        blocked_by,
        reason: reason(&decision),
        agrees: decided.map(|agrees| agrees && worded && blocked != Some(false) && error.is_none()),
        error,
    }
}

/// Whether a denial has the words that the case expects. The name of a policy and a link for more, which AWS may add, are not
/// among them.
fn is_worded(decision: &Decision, case: &Authorize) -> bool {
    let denial = decision.aws_denial(&case.request);
    let code = case.aws_code.as_ref().is_none_or(|code| denial.as_ref().is_some_and(|denial| denial.code == code));
    let message = case.aws_message.as_ref().is_none_or(|message| {
        let rest = denial.as_ref().and_then(|denial| message.strip_prefix(denial.message.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": arn:") || rest.starts_with(". Go to "))
    });
    code && message
}

/// Layers as a source may name them: a trust policy is the policy of a role, and may be called either.
fn same_layers(found: &[&str], expected: &[String]) -> bool {
    let plain =
        |name: &str| if name == PolicyType::Trust.as_str() { PolicyType::Resource.as_str() } else { name }.to_owned();
    let mut found: Vec<String> = found.iter().map(|name| plain(name)).collect();
    let mut expected: Vec<String> = expected.iter().map(|name| plain(name)).collect();
    for list in [&mut found, &mut expected] {
        list.sort();
        list.dedup();
    }
    found == expected
}

/// The decision, and how the evaluators differ if they do. The compiled engine knows the outcome only, so that the reason is the
/// oracle's: a difference is an error whenever the compiled engine is asked.
fn decide(request: &Request, layers: &Layers, engine: Engine) -> (Decision, Option<String>) {
    let plain = oracle::decide(request, layers);
    if engine == Engine::Oracle {
        return (plain, None);
    }
    let outcome = crate::compiled::Engine::compile(layers).decide(request);
    if outcome == plain.outcome {
        return (plain, None);
    }
    let error = format!("the compiled engine says {}, the oracle {}", outcome.as_str(), plain.outcome.as_str());
    let outcome = if engine == Engine::Compiled { outcome } else { plain.outcome };
    (Decision { outcome, ..plain }, Some(error))
}

fn reason(decision: &Decision) -> String {
    let reason = &decision.reason;
    let layer = reason.layer.aws_name();
    let mut text = match reason.cause {
        Cause::StatementAllows => format!("a statement of the {layer} allows it"),
        Cause::StatementDenies => format!("a statement of the {layer} denies it"),
        Cause::NothingAllows => format!("no statement of the {layer} allows it"),
        Cause::Unreadable => format!("the {layer} cannot be read"),
        Cause::NoPermissionNeeded => "the action needs no permission".to_owned(),
        Cause::RootUser => "the root user of the account needs no permission".to_owned(),
    };
    if let Some(policy) = &reason.policy {
        text.push_str(&format!(", policy `{policy}`"));
    }
    if let Some(statement) = &reason.statement {
        match &statement.sid {
            Some(sid) if !sid.is_empty() => text.push_str(&format!(", statement `{sid}`")),
            _ => text.push_str(&format!(", statement {}", statement.index + 1)),
        }
    }
    if let Some(level) = reason.level {
        text.push_str(&format!(", level {level}"));
    }
    text
}

fn simulated(id: &str, case: &Simulate, vocabulary: &dyn Vocabulary) -> Answer {
    let answer = case.run(vocabulary);
    let differs = case.expected.as_ref().and_then(|expected| {
        let lacks = |from: &[String], other: &[String]| from.iter().find(|fact| !other.contains(fact)).cloned();
        let (here, there) = (lacks(&answer.facts, expected), lacks(expected, &answer.facts));
        let shown = |fact: Option<String>| fact.unwrap_or_else(|| "nothing more".to_owned());
        (answer.facts != *expected).then(|| format!("AWS has `{}`, we have `{}`", shown(there), shown(here)))
    });
    let reason = match (&differs, &answer.refused) {
        (Some(differs), _) => differs.clone(),
        (None, Some(error)) => format!("{}: {}", error.code, error.message),
        (None, None) => String::new(),
    };
    Answer {
        id: id.to_owned(),
        decision: match (answer.decision, &answer.refused) {
            (Some(EvalDecision::Allowed), _) => "allowed",
            (Some(EvalDecision::ImplicitDeny), _) => "implicit_deny",
            (Some(EvalDecision::ExplicitDeny), _) => "explicit_deny",
            (None, Some(_)) => "refused",
            (None, None) => "answered",
        },
        blocked_by: Vec::new(),
        reason,
        error: None,
        agrees: case.expected.as_ref().map(|_| differs.is_none()),
    }
}

fn validate(id: &str, case: &Validate) -> Answer {
    let (reason, refusal) = match &case.kind {
        ValidateKind::Any => language(case, &PolicyType::ALL),
        ValidateKind::One(kind) => language(case, std::slice::from_ref(kind)),
        ValidateKind::Service(kind) => match lint::check_service(*kind, &case.document, case.accounts.as_deref()) {
            Ok(()) => (String::new(), None),
            Err(error) => (error.message.clone(), Some(error)),
        },
    };
    let valid = refusal.is_none();
    let worded = refusal.is_none_or(|aws| {
        let code = case.aws_code.as_ref().is_none_or(|expected| *expected == aws.code);
        code && case.aws_message.as_ref().is_none_or(|expected| *expected == aws.message)
    });
    Answer {
        id: id.to_owned(),
        decision: if valid { "valid" } else { "invalid" },
        blocked_by: Vec::new(),
        reason,
        error: None,
        agrees: case.valid.map(|expected| expected == valid && (valid || worded)),
    }
}

/// What is wrong with a document by the rules of the language, and how AWS says it. Of several types the one that takes the
/// document answers, or else the first.
fn language(case: &Validate, kinds: &[PolicyType]) -> (String, Option<AwsError>) {
    let mut best: Option<(PolicyType, Vec<Diagnostic>)> = None;
    for kind in kinds {
        let mut errors = lint::check(&case.document, *kind, &NoVocabulary);
        errors.retain(|finding| finding.severity == Severity::Error);
        if errors.is_empty() {
            return (String::new(), None);
        }
        best.get_or_insert((*kind, errors));
    }
    let (kind, errors) = best.unwrap_or((PolicyType::Identity, Vec::new()));
    let reason = errors.first().map(|finding| format!("{}: {}", finding.code, finding.message));
    (reason.unwrap_or_default(), lint::aws_error(kind, &errors))
}

/// The engines keep their matchers to themselves; a condition with `StringLike` shows them. Version 2008-10-17 has no variables,
/// so that the pattern is all there is.
fn wildcard(id: &str, pattern: &str, text: &str, expected: Option<bool>, engine: Engine) -> Answer {
    let mut document = String::from(
        r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"a:b":"#,
    );
    crate::json::write_string(&mut document, pattern);
    document.push_str("}}}}");
    let Ok(principal) = Principal::from_arn_text("arn:aws:iam::111122223333:user/anyone") else {
        return Answer::failed(id, "the caller of the question cannot be read", expected.is_some());
    };
    let request = Request {
        principal,
        action: "a:b".to_owned(),
        resource: Resource::Any,
        resource_account: None,
        wildcard_only: false,
        context: Context::new().with("a:b", text),
    };
    let layers =
        Layers { identity: Some(vec![Policy::read("wildcard", PolicyType::Identity, &document)]), ..Layers::default() };
    let (decision, error) = decide(&request, &layers, engine);
    let matches = decision.outcome == Outcome::Allowed;
    Answer {
        id: id.to_owned(),
        decision: if matches { "match" } else { "no_match" },
        blocked_by: Vec::new(),
        reason: String::new(),
        agrees: expected.map(|expected| expected == matches && error.is_none()),
        error,
    }
}
