//! CloudWatch alarms as CloudWatch publishes them to SNS: metric alarms, metric math and anomaly detection, composite.

mod threshold;

use crate::json::{scalar, text};
use crate::{Correlation, Kind, Notification, Phase, Rendered};
use bailiwick_chat::{Block, Card, Fact, Tone};
use bailiwick_ident::{Arn, Timestamp};
use serde_json::{Map, Value};

/// AWS's bot shows at most three of the alarms that triggered a composite alarm; so do we.
const CHILDREN: usize = 3;

/// The most dimensions and metrics of a math expression that are shown.
const METRICS: usize = 10;

/// Renders an alarm; `None` when the document is not one.
pub(crate) fn render(notification: &Notification, alarm: &Map<String, Value>) -> Option<Rendered> {
    let name = text(alarm, "/AlarmName")?;
    let state = text(alarm, "/NewStateValue")?;
    if !alarm.contains_key("Trigger") && !alarm.contains_key("AlarmRule") {
        return None;
    }
    let arn = text(alarm, "/AlarmArn").and_then(|arn| Arn::parse(arn).ok());
    // `Region` is a display name such as "US East (N. Virginia)"; the ARN has the code.
    let region = arn.as_ref().map(Arn::region).or(text(alarm, "/Region")).unwrap_or(notification.topic.region());
    let account = text(alarm, "/AWSAccountId").unwrap_or(notification.topic.account());
    let (tone, phase) = match state {
        "ALARM" => (Tone::Bad, Phase::Opens),
        "OK" => (Tone::Good, Phase::Closes),
        _ => (Tone::Caution, Phase::Continues),
    };
    let was = text(alarm, "/OldStateValue").map(|old| format!("was {old}")).unwrap_or_default();
    let mut card = Card::titled(name)
        .state(tone, state)
        .context("CloudWatch alarm")
        .context(was)
        .context(region)
        .context(account)
        .text(text(alarm, "/AlarmDescription").unwrap_or_default())
        .text(text(alarm, "/NewStateReason").unwrap_or_default());
    let mut facts = Vec::new();
    if let Some(trigger) = alarm.get("Trigger").and_then(Value::as_object) {
        facts.extend(threshold::sentence(trigger).map(|sentence| Fact::words("threshold", sentence)));
        metric(trigger, &mut facts);
        expressions(trigger, &mut facts);
    }
    if let Some(rule) = text(alarm, "/AlarmRule") {
        facts.push(Fact::identifier("rule", rule));
        card = children(card, alarm);
    }
    let changed = text(alarm, "/StateChangeTime").and_then(|time| Timestamp::parse_rfc3339(time).ok());
    let at = changed.unwrap_or(notification.published);
    facts.push(Fact::words("since", at.to_rfc3339()));
    let key = match &arn {
        Some(arn) => arn.to_string(),
        None => format!("alarm/{account}/{region}/{name}"),
    };
    let rendered = Rendered::new(Kind::Alarm, card.block(Block::Facts(facts)), at);
    Some(Rendered { correlation: Some(Correlation { key, phase }), ..rendered })
}

/// The metric of a plain alarm, and its dimensions.
fn metric(trigger: &Map<String, Value>, facts: &mut Vec<Fact>) {
    let (Some(name), namespace) = (text(trigger, "/MetricName"), text(trigger, "/Namespace")) else { return };
    facts.push(Fact::identifier("metric", qualified(namespace, name)));
    let dimensions = dimensions(trigger.get("Dimensions"));
    if !dimensions.is_empty() {
        facts.push(Fact::identifier("dimensions", dimensions));
    }
}

/// The expressions and metrics of an alarm over metric math.
fn expressions(trigger: &Map<String, Value>, facts: &mut Vec<Fact>) {
    let metrics = trigger.get("Metrics").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    for metric in metrics.take(METRICS) {
        let id = text(metric, "/Id").unwrap_or("?");
        if let Some(expression) = text(metric, "/Expression") {
            facts.push(Fact::identifier(format!("expression {id}"), expression));
        } else if let Some(name) = text(metric, "/MetricStat/Metric/MetricName") {
            let mut value = qualified(text(metric, "/MetricStat/Metric/Namespace"), name);
            let dimensions = dimensions(crate::json::at(metric, "/MetricStat/Metric/Dimensions"));
            for part in [dimensions.as_str(), text(metric, "/MetricStat/Stat").unwrap_or_default()] {
                if !part.is_empty() {
                    value.push_str(" · ");
                    value.push_str(part);
                }
            }
            facts.push(Fact::identifier(format!("metric {id}"), value));
        }
    }
}

fn qualified(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace} {name}"))
}

/// `InstanceId=i-1 AutoScalingGroupName=web`. CloudWatch spells the members in lower case here, in capitals elsewhere.
fn dimensions(value: Option<&Value>) -> String {
    let pair = |dimension: &Value| {
        let get = |lower: &str, upper: &str| dimension.get(lower).or(dimension.get(upper)).and_then(scalar);
        Some(format!("{}={}", get("name", "Name")?, get("value", "Value")?))
    };
    let list = value.and_then(Value::as_array).into_iter().flatten().take(METRICS);
    list.filter_map(pair).collect::<Vec<_>>().join(" ")
}

/// The alarms that made a composite alarm change.
fn children(card: Card, alarm: &Map<String, Value>) -> Card {
    let children = alarm.get("TriggeringChildren").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let line = |child: &Value| {
        let arn = child.get("Arn")?.as_str()?;
        let name = Arn::parse(arn).ok().and_then(|arn| arn.resource().strip_prefix("alarm:").map(str::to_owned));
        let state = child.pointer("/State/Value").and_then(Value::as_str).unwrap_or("unknown");
        Some(format!("`{}` {state}", name.as_deref().unwrap_or(arn)))
    };
    let mut lines: Vec<String> = children.iter().take(CHILDREN).filter_map(line).collect();
    if children.len() > CHILDREN {
        lines.push(format!("{} more", children.len() - CHILDREN));
    }
    card.block(Block::List(lines))
}
