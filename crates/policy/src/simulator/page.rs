use super::decide::{Verdict, decide};
use super::prepare::{Prepared, prepare};
use super::{EvaluationResult, Simulation, SimulationError, SimulationPage, action};
use crate::lint::{Known, Vocabulary};

/// Answers a question: one result for each action, on a page of at most `max_items`.
///
/// The vocabulary says which resources an action takes and what several of them are called together; an action it does not know is
/// simulated all the same. A marker is a position among the results: it goes on at that position whatever the question is.
pub fn simulate(question: &Simulation, vocabulary: &dyn Vocabulary) -> Result<SimulationPage, SimulationError> {
    let size = page_size(question.max_items)?;
    let from = match &question.marker {
        None => 0,
        Some(marker) => position(marker)?,
    };
    let prepared = prepare(question, vocabulary)?;
    let names = question.action_names.iter().skip(from).take(size);
    let evaluation_results: Vec<_> = names.map(|name| evaluate(&prepared, question, name, vocabulary)).collect();
    let next = from.saturating_add(evaluation_results.len());
    let truncated = next < question.action_names.len();
    Ok(SimulationPage { evaluation_results, marker: truncated.then(|| format!("{MARKER}{next}")) })
}

const MARKER: &str = "simulation-";

fn position(marker: &str) -> Result<usize, SimulationError> {
    let digits = marker.strip_prefix(MARKER).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| SimulationError::input("Invalid marker for pagination."))
}

fn page_size(max_items: Option<i64>) -> Result<usize, SimulationError> {
    let wrong = |limit: &str| {
        SimulationError::validation(format_args!(
            "Value at 'maxItems' failed to satisfy constraint: Member must have value {limit}"
        ))
    };
    match max_items {
        None => Ok(100),
        Some(n) if n < 1 => Err(wrong("greater than or equal to 1")),
        Some(n) => usize::try_from(n).ok().filter(|n| *n <= 1000).ok_or_else(|| wrong("less than or equal to 1000")),
    }
}

fn evaluate(prepared: &Prepared, question: &Simulation, name: &str, vocabulary: &dyn Vocabulary) -> EvaluationResult {
    let facts = action::facts(name, vocabulary);
    let arns = &question.resource_arns;
    let eval_resource_name = match arns.as_slice() {
        [] => "*".to_owned(),
        [one] => one.clone(),
        several => action::template(&facts, several),
    };
    let one = |resource: &str| {
        let taken = resource == "*" || matches!(facts, Known::Unknown) || action::takes(&facts, resource);
        decide(prepared, name, resource, taken)
    };
    let verdicts: Vec<Verdict> =
        if arns.is_empty() { vec![one("*")] } else { arns.iter().map(|arn| one(arn)).collect() };

    let mut result = EvaluationResult {
        eval_action_name: name.to_owned(),
        eval_resource_name,
        eval_decision: verdicts
            .iter()
            .map(|verdict| verdict.decision)
            .max()
            .unwrap_or(super::EvalDecision::ImplicitDeny),
        matched_statements: Vec::new(),
        missing_context_values: Vec::new(),
        allowed_by_organizations: all(verdicts.iter().map(|verdict| verdict.by_organizations)),
        allowed_by_permissions_boundary: all(verdicts.iter().map(|verdict| verdict.by_boundary)),
        eval_decision_details: None,
        resource_specific_results: Vec::new(),
    };
    for verdict in &verdicts {
        union(&mut result.matched_statements, &verdict.matched);
        union(&mut result.missing_context_values, &verdict.missing);
    }
    if result.eval_decision != super::EvalDecision::ImplicitDeny {
        result.missing_context_values.clear();
    }
    if !arns.is_empty() {
        result.eval_decision_details =
            Some(verdicts.first().map(|verdict| verdict.details.clone()).unwrap_or_default());
        let each = verdicts.into_iter().zip(arns);
        result.resource_specific_results = each.map(|(verdict, arn)| verdict.into_result(arn)).collect();
    }
    result
}

fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    answers.reduce(|left, right| Some(left? && right?)).flatten()
}

fn union<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::NoVocabulary;

    #[test]
    fn pages_go_on_where_the_last_one_ended() {
        let mut question = Simulation {
            action_names: ["a:A", "a:B", "a:C"].map(str::to_owned).to_vec(),
            max_items: Some(2),
            ..Simulation::default()
        };
        let page = simulate(&question, &NoVocabulary).unwrap();
        assert_eq!(page.evaluation_results.len(), 2);
        question.marker = page.marker;
        let page = simulate(&question, &NoVocabulary).unwrap();
        assert_eq!(page.evaluation_results[0].eval_action_name, "a:C");
        assert_eq!(page.marker, None);
        for bad in ["", "simulation-", "simulation--1", "x", "simulation-99999999999999999999999"] {
            question.marker = Some(bad.to_owned());
            assert_eq!(
                simulate(&question, &NoVocabulary).unwrap_err().message,
                "Invalid marker for pagination.",
                "{bad}"
            );
        }
        question.marker = None;
        for bad in [0, 1001, -1] {
            question.max_items = Some(bad);
            assert_eq!(simulate(&question, &NoVocabulary).unwrap_err().code, "ValidationError");
        }
    }
}
