//! The policy simulator's operations: questions are put together here and answered by the policy engine.

use std::collections::BTreeMap;

use bailiwick_authority::record::{AttachedPolicies, GroupRecord, PolicyType, RoleRecord, UserRecord};
use bailiwick_authority::{Account, Reference};
use bailiwick_aws::fault::Fault;
use bailiwick_policy::document::Position;
use bailiwick_policy::simulator::{
    ContextEntry, EvalDecision, EvaluationResult, MatchedStatement, ResourceSpecificResult, Simulation,
    SimulationError, SourcePolicy, SourcePolicyType, context_keys, policy_source, simulate,
};
use serde::{Deserialize, Serialize};

use super::attached::path_and_name;
use super::holder::Holder;
use super::{Paging, account};
use crate::{Authorized, Context};

fn refused(error: SimulationError) -> Fault {
    Fault::sender(error.code, error.status, error.message)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SimulateInput {
    policy_source_arn: Option<String>,
    #[serde(default)]
    policy_input_list: Vec<String>,
    #[serde(default)]
    permissions_boundary_policy_input_list: Vec<String>,
    action_names: Vec<String>,
    #[serde(default)]
    resource_arns: Vec<String>,
    resource_policy: Option<String>,
    resource_owner: Option<String>,
    caller_arn: Option<String>,
    #[serde(default)]
    context_entries: Vec<Entry>,
    max_items: Option<i64>,
    marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    context_key_name: Option<String>,
    context_key_values: Option<Vec<String>>,
    context_key_type: Option<String>,
}

impl SimulateInput {
    /// The question as far as the request says it.
    fn question<I>(&self, call: &Authorized<I>) -> Simulation {
        let entry = |entry: &Entry| ContextEntry {
            name: entry.context_key_name.clone(),
            values: entry.context_key_values.clone(),
            kind: entry.context_key_type.clone(),
        };
        let boundaries = self.permissions_boundary_policy_input_list.iter().map(String::as_str);
        Simulation {
            policies: SourcePolicy::inputs("PolicyInputList", self.policy_input_list.iter().map(String::as_str)),
            permissions_boundary: SourcePolicy::inputs("PermissionsBoundaryPolicyInputList", boundaries),
            organization_policies: Vec::new(),
            action_names: self.action_names.clone(),
            resource_arns: self.resource_arns.clone(),
            resource_policy: self.resource_policy.clone(),
            resource_owner: self.resource_owner.clone(),
            caller_arn: self.caller_arn.clone(),
            context_entries: self.context_entries.iter().map(entry).collect(),
            max_items: self.max_items,
            marker: self.marker.clone(),
            requester_account: Some(call.account()),
        }
    }
}

/// The policies of the principal that a simulation is about.
struct Principal {
    policies: Vec<SourcePolicy>,
    boundary: Option<SourcePolicy>,
    /// Groups do not call.
    caller_arn: Option<String>,
}

/// A managed policy's document. One that is gone reads as nothing, which allows nothing.
fn managed(cx: &Context<'_>, account: &Account, arn: &str) -> Result<SourcePolicy, Fault> {
    let text = match account.managed_policy(arn) {
        Some(policy) => policy.document().to_owned(),
        None => {
            let document = cx.pack.managed_policy_document(arn);
            document.map_err(|error| crate::fault::internal(&error.to_string()))?.unwrap_or_default()
        }
    };
    Ok(SourcePolicy { id: path_and_name(arn).1.to_owned(), text })
}

fn held<H: Holder>(cx: &Context<'_>, account: &Account, holder: &H) -> Result<Vec<SourcePolicy>, Fault> {
    let AttachedPolicies { inline, managed: attached } = holder.policies();
    let inline = inline.iter().map(|(name, text)| {
        Ok(SourcePolicy { id: format!("{}_{}_{name}", H::KIND, holder.name()), text: text.clone() })
    });
    inline.chain(attached.iter().map(|arn| managed(cx, account, arn))).collect()
}

/// The user, group or role of `PolicySourceArn`.
fn principal<I>(cx: &Context<'_>, call: &Authorized<I>, source: &str) -> Result<Principal, Fault> {
    let account = account(cx, call)?;
    let arn = policy_source(source, call.account()).map_err(refused)?;
    let absent = || refused(SimulationError::no_such_entity());
    let (kind, path) = arn.resource().split_once('/').ok_or_else(absent)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    let bounded = |arn: Option<&String>| arn.map(|arn| managed(cx, account, arn)).transpose();
    match kind {
        "user" => {
            let record = UserRecord::find(account, name).ok_or_else(absent)?;
            let mut policies = held(cx, account, record)?;
            for group in record.groups.iter().filter_map(|id| account.group_by_id(id)) {
                policies.extend(held(cx, account, &group.record)?);
            }
            let caller_arn = account.user(name).map(|user| user.arn.clone());
            Ok(Principal { policies, boundary: bounded(record.permissions_boundary.as_ref())?, caller_arn })
        }
        "group" => {
            let record = GroupRecord::find(account, name).ok_or_else(absent)?;
            Ok(Principal { policies: held(cx, account, record)?, boundary: None, caller_arn: None })
        }
        _ => {
            let record = RoleRecord::find(account, name).ok_or_else(absent)?;
            let caller_arn = account.role(name).map(|role| role.arn.clone());
            let boundary = bounded(record.permissions_boundary.as_ref())?;
            Ok(Principal { policies: held(cx, account, record)?, boundary, caller_arn })
        }
    }
}

/// The service control policies above an account, root first; none where they do not bind.
fn organization_policies(cx: &Context<'_>, account: &Account) -> Vec<Vec<String>> {
    let kind = PolicyType::ServiceControlPolicy;
    let Some(organization) = cx.directory.organization() else { return Vec::new() };
    let Some(membership) = &account.record().membership else { return Vec::new() };
    if organization.management_account() == account.id() || !organization.is_enabled(kind) {
        return Vec::new();
    }
    let mut levels = vec![account.id().to_string()];
    let mut above = Some(membership.parent.clone());
    while let Some(id) = above {
        above = organization.unit(&id).map(|unit| unit.parent.clone());
        levels.push(id);
    }
    let content = |policy: &std::sync::Arc<bailiwick_authority::OrganizationPolicy>| policy.record.content.clone();
    // A policy that is gone is an empty text, which no simulation takes for an allow.
    let documents = |target: &String| {
        let text = |policy: Option<_>| policy.map_or_else(String::new, content);
        organization.attached(target, kind).into_iter().map(text).collect()
    };
    levels.iter().rev().map(documents).collect()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Place {
    line: usize,
    column: usize,
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        Place { line: position.line, column: position.column }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    source_policy_id: String,
    source_policy_type: &'static str,
    start_position: Place,
    end_position: Place,
}

fn statements(matched: Vec<MatchedStatement>) -> Vec<Statement> {
    let shown = |statement: MatchedStatement| Statement {
        source_policy_id: statement.source_policy_id,
        source_policy_type: statement.source_policy_type.as_str(),
        start_position: statement.start_position.into(),
        end_position: statement.end_position.into(),
    };
    matched.into_iter().map(shown).collect()
}

type Details = BTreeMap<&'static str, &'static str>;

fn details(details: Vec<(SourcePolicyType, EvalDecision)>) -> Details {
    details.into_iter().map(|(kind, decision)| (kind.as_str(), decision.as_str())).collect()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BoundaryDetail {
    allowed_by_permissions_boundary: bool,
}

fn boundary_detail(allowed: Option<bool>) -> Option<BoundaryDetail> {
    allowed.map(|allowed_by_permissions_boundary| BoundaryDetail { allowed_by_permissions_boundary })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationsDetail {
    allowed_by_organizations: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OfResource {
    eval_resource_name: String,
    eval_resource_decision: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matched_statements: Vec<Statement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Details::is_empty")]
    eval_decision_details: Details,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
}

impl From<ResourceSpecificResult> for OfResource {
    fn from(result: ResourceSpecificResult) -> Self {
        OfResource {
            eval_resource_name: result.eval_resource_name,
            eval_resource_decision: result.eval_resource_decision.as_str(),
            matched_statements: statements(result.matched_statements),
            missing_context_values: result.missing_context_values,
            eval_decision_details: details(result.eval_decision_details),
            permissions_boundary_decision_detail: boundary_detail(result.allowed_by_permissions_boundary),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluation {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: &'static str,
    matched_statements: Vec<Statement>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations_decision_detail: Option<OrganizationsDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_decision_details: Option<Details>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_specific_results: Vec<OfResource>,
}

impl From<EvaluationResult> for Evaluation {
    fn from(result: EvaluationResult) -> Self {
        let organizations = result.allowed_by_organizations;
        Evaluation {
            eval_action_name: result.eval_action_name,
            eval_resource_name: result.eval_resource_name,
            eval_decision: result.eval_decision.as_str(),
            matched_statements: statements(result.matched_statements),
            missing_context_values: result.missing_context_values,
            organizations_decision_detail: organizations
                .map(|allowed_by_organizations| OrganizationsDetail { allowed_by_organizations }),
            permissions_boundary_decision_detail: boundary_detail(result.allowed_by_permissions_boundary),
            eval_decision_details: result.eval_decision_details.map(details),
            resource_specific_results: result.resource_specific_results.into_iter().map(Into::into).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SimulateOutput {
    evaluation_results: Vec<Evaluation>,
    #[serde(flatten)]
    paging: Paging,
}

fn answer(cx: &Context<'_>, question: &Simulation) -> Result<SimulateOutput, Fault> {
    let page = simulate(question, &Reference::new(cx.pack)).map_err(refused)?;
    Ok(SimulateOutput {
        evaluation_results: page.evaluation_results.into_iter().map(Into::into).collect(),
        paging: Paging { is_truncated: page.marker.is_some(), marker: page.marker },
    })
}

/// What policies of the request would decide.
pub(super) async fn simulate_custom_policy(
    cx: &Context<'_>,
    call: Authorized<SimulateInput>,
) -> Result<SimulateOutput, Fault> {
    answer(cx, &call.input.question(&call))
}

/// What the policies of a user, group or role would decide, with those of the request.
pub(super) async fn simulate_principal_policy(
    cx: &Context<'_>,
    call: Authorized<SimulateInput>,
) -> Result<SimulateOutput, Fault> {
    let source = call.input.policy_source_arn.as_deref().unwrap_or_default();
    let principal = principal(cx, &call, source)?;
    let mut question = call.input.question(&call);
    question.policies.splice(0..0, principal.policies);
    if question.permissions_boundary.is_empty() {
        question.permissions_boundary.extend(principal.boundary);
    }
    question.caller_arn = question.caller_arn.or(principal.caller_arn);
    question.organization_policies = organization_policies(cx, account(cx, &call)?);
    answer(cx, &question)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeysInput {
    policy_source_arn: Option<String>,
    #[serde(default)]
    policy_input_list: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeysOutput {
    context_key_names: Vec<String>,
}

/// The condition keys that policies of the request name.
pub(super) async fn get_context_keys_for_custom_policy(
    _: &Context<'_>,
    call: Authorized<KeysInput>,
) -> Result<KeysOutput, Fault> {
    Ok(KeysOutput { context_key_names: context_keys(&call.input.policy_input_list).map_err(refused)? })
}

/// The condition keys that the policies of a user, group or role name, with those of the request.
pub(super) async fn get_context_keys_for_principal_policy(
    cx: &Context<'_>,
    call: Authorized<KeysInput>,
) -> Result<KeysOutput, Fault> {
    let principal = principal(cx, &call, call.input.policy_source_arn.as_deref().unwrap_or_default())?;
    let mut texts: Vec<String> = principal.policies.into_iter().map(|policy| policy.text).collect();
    texts.extend(call.input.policy_input_list.iter().cloned());
    Ok(KeysOutput { context_key_names: context_keys(&texts).map_err(refused)? })
}
