//! CloudFormation's classic stack notification: lines of `Key='value'`, where a value may hold line breaks.

use crate::{Kind, Notification, Rendered, origin, tone};
use bailiwick_chat::{Block, Card, Fact, State};
use bailiwick_ident::Timestamp;
use std::collections::BTreeMap;

/// The most pairs that are read.
const PAIRS: usize = 64;

/// Renders a stack notification; `None` when the text is not one.
pub(crate) fn render(notification: &Notification) -> Option<Rendered> {
    let pairs = pairs(&notification.message)?;
    let get = |key: &str| pairs.get(key).copied().filter(|value| !value.is_empty());
    let (status, stack, id) = (get("ResourceStatus")?, get("StackName")?, get("StackId")?);
    let logical = get("LogicalResourceId").unwrap_or(stack);
    let mut facts = vec![Fact::identifier("stack", stack)];
    if let Some(kind) = get("ResourceType").filter(|kind| *kind != "AWS::CloudFormation::Stack") {
        facts.push(Fact::words("type", kind));
    }
    if let Some(physical) = get("PhysicalResourceId").filter(|physical| *physical != id) {
        facts.push(Fact::identifier("resource", physical));
    }
    let at = get("Timestamp").and_then(|text| Timestamp::parse_rfc3339(text).ok());
    let card = Card {
        state: Some(State::new(tone::of_status(status), status)),
        title: logical.to_owned(),
        ..origin(notification, "CloudFormation stack")
    };
    let card = card.text(get("ResourceStatusReason").unwrap_or_default()).block(Block::Facts(facts));
    let thread = Some(id.to_owned());
    Some(Rendered { thread, ..Rendered::new(Kind::Stack, card, at.unwrap_or(notification.published)) })
}

fn pairs(message: &str) -> Option<BTreeMap<&str, &str>> {
    let mut pairs = BTreeMap::new();
    let mut rest = message.trim();
    while !rest.is_empty() {
        let (key, tail) = rest.split_once("='")?;
        // A value ends at the quote that closes its line; quotes inside it are not escaped.
        let (value, next) = tail.split_once("'\n").or_else(|| tail.strip_suffix('\'').map(|value| (value, "")))?;
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) || pairs.len() == PAIRS {
            return None;
        }
        pairs.insert(key, value.trim());
        rest = next.trim_start();
    }
    Some(pairs)
}
