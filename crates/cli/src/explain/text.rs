//! An explanation for a terminal.

use bailiwick_policy::document::{Condition, PatternElement};
use bailiwick_policy::explain::{Change, Explanation, LayerTrace, Miss, PolicyTrace, StatementTrace, Verdict};
use bailiwick_policy::{Context, Effect, Request, Value};

use crate::simulate::question::Question;
use crate::simulate::shape;
use crate::terminal::{Paint, plain};

/// How many patterns of an element are shown.
const SHOWN: usize = 4;
/// The longest statement that is quoted, in bytes.
const QUOTED: usize = 2048;

pub(super) fn render(question: &Question, explanation: &Explanation<'_>, paint: Paint) -> String {
    let mut out = shape::table(question, &explanation.decision, paint);
    out.push_str(&quote(question, explanation));
    let names: Vec<String> = explanation.layers.iter().map(|trace| shape::layer(trace.layer, trace.level)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut after_policies = true;
    for (number, (trace, name)) in explanation.layers.iter().zip(&names).enumerate() {
        let padding = " ".repeat(width - name.len());
        let name = paint.strong(name);
        // What holds policies stands apart; layers that are not there follow each other closely.
        let gap = if after_policies || !trace.policies.is_empty() { "\n" } else { "" };
        after_policies = !trace.policies.is_empty();
        out.push_str(&format!("{gap}{:>2} {name}{padding}  {}\n", number + 1, headline(trace, paint)));
        for policy in &trace.policies {
            policy_lines(&mut out, policy, &question.request, paint);
        }
    }
    if !explanation.remedies.is_empty() {
        out.push_str(&format!("\n{}\n", paint.strong("It would be allowed")));
        for remedy in &explanation.remedies {
            let changes: Vec<String> =
                remedy.changes.iter().map(|one| change(one, &question.request.context)).collect();
            out.push_str(&format!("   {}\n", changes.join(", and ")));
        }
    } else if !explanation.decision.outcome.is_allowed() {
        out.push_str("\nNo condition key of the request would change the answer.\n");
    }
    out
}

/// The deciding statement as it stands in its policy, when it is not too long to read.
fn quote(question: &Question, explanation: &Explanation<'_>) -> String {
    let reason = &explanation.decision.reason;
    let policy = shape::policy(&question.layers, reason);
    let text = policy.zip(reason.statement.as_ref()).and_then(|(policy, at)| policy.text().get(at.span.range()));
    let Some(text) = text.filter(|text| text.len() <= QUOTED) else { return String::new() };
    let lines: String = text.lines().map(|line| format!("   {}\n", plain(line))).collect();
    format!("\n{lines}")
}

fn headline(trace: &LayerTrace<'_>, paint: Paint) -> String {
    let statements: usize = trace.policies.iter().map(|policy| policy.statements.len()).sum();
    let looked = format!(
        "{}, {} looked at",
        count(trace.policies.len(), "policy", "policies"),
        count(statements, "statement", "statements")
    );
    match (trace.verdict, trace.stops) {
        (Verdict::NotThere, false) => paint.faint("not there"),
        (Verdict::NotThere, true) => format!("{}   it would have to allow, and is not there", paint.bad("stopped")),
        (Verdict::Allows, _) => format!("{}    {}", paint.good("passed"), by(trace, Effect::Allow)),
        (Verdict::Denies, _) => format!("{}   {}", paint.bad("stopped"), by(trace, Effect::Deny)),
        (Verdict::Silent, true) => format!("{}   no statement allows it ({looked})", paint.bad("stopped")),
        (Verdict::Silent, false) => format!("no grant  it need not allow ({looked})"),
    }
}

/// The first policy of the layer that has this say.
fn by(trace: &LayerTrace<'_>, effect: Effect) -> String {
    let says = |policy: &&PolicyTrace<'_>| policy.statements.iter().any(|statement| statement.has(effect));
    match (trace.policies.iter().find(says), effect) {
        (Some(policy), Effect::Allow) => format!("{} allows it", plain(policy.policy.name())),
        (Some(policy), Effect::Deny) => format!("{} denies it", plain(policy.policy.name())),
        (None, _) => "a policy cannot be read, so that nobody knows what it denies".to_owned(),
    }
}

fn policy_lines(out: &mut String, trace: &PolicyTrace<'_>, request: &Request, paint: Paint) {
    out.push_str(&format!("     {}\n", plain(trace.policy.name())));
    if trace.policy.document().is_none() {
        let why = trace.policy.diagnostics().first().map(|finding| plain(&finding.message)).unwrap_or_default();
        out.push_str(&format!("       {} {why}\n", paint.bad("cannot be read:")));
    }
    for statement in &trace.statements {
        out.push_str(&format!("       {}\n", statement_line(statement, request, paint)));
    }
}

fn statement_line(trace: &StatementTrace<'_>, request: &Request, paint: Paint) -> String {
    let statement = trace.statement;
    let effect = statement.effect.value;
    let sid = statement.sid.as_ref().map(|sid| format!(" {}", plain(sid))).unwrap_or_default();
    let start = format!("{:>3} {:<5}{sid}", trace.index + 1, effect.as_str());
    let Some(miss) = trace.miss else {
        let start = if effect == Effect::Allow { paint.good(&start) } else { paint.bad(&start) };
        return format!("{start}  applies");
    };
    let why = match miss {
        Miss::Principal => format!("it is not for {}", plain(request.principal.display_name())),
        Miss::Action => element("Action", &statement.action, request.action.split(':').next().unwrap_or_default()),
        Miss::Resource => {
            let service = request.resource.as_str().split(':').nth(2).unwrap_or_default();
            statement.resource.as_ref().map(|resource| element("Resource", resource, service)).unwrap_or_default()
        }
        Miss::Condition(index) => {
            statement.conditions.get(index).map(|one| condition(one, &request.context)).unwrap_or_default()
        }
    };
    format!("{start}  {}", paint.faint(&why))
}

/// An element with its first patterns, those of the request's own service before others.
fn element(name: &str, element: &PatternElement, service: &str) -> String {
    let not = if element.negated { "Not" } else { "" };
    let mut patterns: Vec<&str> = element.patterns.iter().map(|pattern| pattern.value.as_str()).collect();
    patterns.sort_by_key(|pattern| {
        service.is_empty() || !pattern.to_ascii_lowercase().contains(&service.to_ascii_lowercase())
    });
    let more = patterns.len().saturating_sub(SHOWN);
    let shown = plain(&patterns.get(..SHOWN).unwrap_or(&patterns).join(", "));
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{not}{name} is {shown}{more}")
}

/// A condition that does not hold, and what the request has.
fn condition(condition: &Condition, context: &Context) -> String {
    let wanted: Vec<&str> = condition.values.iter().map(|value| value.text.value.as_str()).collect();
    let (operator, key) = (condition.operator.value, &condition.key.value);
    plain(&format!("{operator} {key} {}: {}", wanted.join(", "), has(context, key)))
}

fn has(context: &Context, key: &str) -> String {
    match context.get(key) {
        Some(value) => format!("the request has {}", shown(value)),
        None => "the request has no such key".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::One(text) => format!("`{text}`"),
        Value::Set(texts) => texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", "),
    }
}

fn change(change: &Change, context: &Context) -> String {
    let text = match &change.value {
        Some(value) => format!("with {} = {} ({})", change.key, shown(value), change.condition),
        None => format!("without {} ({}; {})", change.key, change.condition, has(context, &change.key)),
    };
    plain(&text)
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
