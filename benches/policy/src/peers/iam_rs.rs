use super::Peer;
use crate::workload::{USER, Workload};
use bailiwick_policy::Value;
use iam_rs::{
    Arn, Context, ContextValue, Decision, EvaluationOptions, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
};

/// iam-rs with the documents of the identity layer.
pub fn ready(work: &Workload) -> Peer<'_> {
    let policies = work.texts.iter().map(|text| IAMPolicy::from_json(text).expect("a policy")).collect();
    let options = EvaluationOptions { max_statements: usize::MAX, ..EvaluationOptions::default() };
    let evaluator = PolicyEvaluator::with_policies(policies).with_options(options);
    let requests: Vec<IAMRequest> = work
        .requests
        .iter()
        .map(|request| {
            let mut context = Context::new();
            for (key, value) in request.context.iter() {
                let Value::One(text) = value else { continue };
                let value = match text.as_str() {
                    "true" => ContextValue::Boolean(true),
                    text => ContextValue::String(text.to_owned()),
                };
                context.insert(key.to_owned(), value);
            }
            let principal = Principal::Aws(PrincipalId::String(USER.to_owned()));
            let resource = Arn::parse(request.resource.as_str()).expect("an ARN");
            IAMRequest::new_with_context(principal, request.action.clone(), resource, context)
        })
        .collect();
    Peer::new("iam-rs", requests.len(), move |n| {
        evaluator.evaluate(&requests[n]).is_ok_and(|result| result.decision == Decision::Allow)
    })
}
