use super::arn::resource_matches;
use super::condition::{self, Truth};
use super::pattern::{Wild, action_matches, expand, units};
use super::principal::{Grade, speaks_of};
use crate::document::{PatternElement, Version};
use crate::{Effect, Layer, Request, Resource, Statement};

/// Whether a statement applies to a request, and if not, the first element that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// It applies. The grade matters for resource policies only.
    Applies(Grade),
    /// It does not.
    Fails(Element),
}

/// An element of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Principal,
    Action,
    Resource,
    /// The condition with this index.
    Condition(usize),
}

/// Looks at one statement. `bounded`: it stands in the policy of a resource, and the caller has a permissions boundary.
pub(crate) fn look_at(request: &Request, layer: Layer, bounded: bool, version: Version, statement: &Statement) -> Look {
    let effect = statement.effect.value;
    let mut grade = Grade::Direct;
    match &statement.principal {
        Some(element) if bounded && element.negated && effect == Effect::Deny => {}
        Some(element) => match speaks_of(element, &request.principal, effect) {
            Some(found) => grade = found,
            None => return Look::Fails(Element::Principal),
        },
        // The draft of a policy of a resource that names nobody speaks of nobody.
        None if matches!(layer, Layer::Resource | Layer::Trust) => return Look::Fails(Element::Principal),
        None => {}
    }
    if !action_applies(&statement.action, &request.action) {
        return Look::Fails(Element::Action);
    }
    // A trust policy names no resource: it speaks of its role.
    if let Some(element) = &statement.resource
        && !resource_applies(element, request, version, effect)
    {
        return Look::Fails(Element::Resource);
    }
    // A condition that does not hold decides, also beside one that cannot be evaluated.
    let truths: Vec<Truth> =
        statement.conditions.iter().map(|c| condition::evaluate(c, version, &request.context)).collect();
    if let Some(index) = truths.iter().position(|truth| *truth == Truth::False) {
        return Look::Fails(Element::Condition(index));
    }
    // One that cannot be evaluated holds for a deny and not for an allow.
    match truths.iter().position(|truth| *truth == Truth::Error) {
        Some(index) if effect == Effect::Allow => Look::Fails(Element::Condition(index)),
        _ => Look::Applies(grade),
    }
}

fn action_applies(element: &PatternElement, action: &str) -> bool {
    element.patterns.iter().any(|pattern| action_matches(pattern, action)) != element.negated
}

fn resource_applies(element: &PatternElement, request: &Request, version: Version, effect: Effect) -> bool {
    let text = match &request.resource {
        Resource::Arn(arn) if !request.wildcard_only => Some(units(arn)),
        _ => None,
    };
    let mut unknown = false;
    let mut listed = false;
    for pattern in &element.patterns {
        match expand(pattern, version, Wild::Yes, &request.context) {
            Some(tokens) => listed |= resource_matches(&tokens, text.as_deref()),
            // A variable without a value: the pattern names nothing.
            None => unknown = true,
        }
    }
    if !element.negated {
        return listed;
    }
    // "Everything but" something unknown is not known either: an allow does not apply, a deny does.
    !(listed || unknown && effect == Effect::Allow)
}
