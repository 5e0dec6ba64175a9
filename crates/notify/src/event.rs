//! Events of AWS services in EventBridge's envelope. A table says which members of an event people want to see; an event
//! without an entry is shown by its envelope and its detail.

use crate::json::{at, scalar, text, texts};
use crate::{Correlation, Kind, Notification, Phase, Rendered, tone};
use bailiwick_chat::{Block, Card, Fact, Tone, TreeLine};
use bailiwick_ident::Timestamp;
use serde_json::{Map, Value};

/// The most lines of an unknown event's detail, and the deepest level of it, that are shown.
const DETAIL_LINES: usize = 40;
const DETAIL_DEPTH: u8 = 4;

/// What to show of one type of event; every member is a JSON pointer into the event.
struct View {
    detail_type: &'static str,
    title: &'static str,
    status: &'static str,
    text: &'static str,
    facts: &'static [(&'static str, &'static str)],
}

const VIEWS: [View; 11] = [
    View {
        detail_type: "CloudWatch Alarm State Change",
        title: "/detail/alarmName",
        status: "/detail/state/value",
        text: "/detail/state/reason",
        facts: &[("was", "/detail/previousState/value"), ("description", "/detail/configuration/description")],
    },
    View {
        detail_type: "AWS Health Event",
        title: "/detail/eventTypeCode",
        status: "/detail/statusCode",
        text: "/detail/eventDescription/0/latestDescription",
        facts: &[("service", "/detail/service"), ("category", "/detail/eventTypeCategory")],
    },
    View {
        detail_type: "GuardDuty Finding",
        title: "/detail/title",
        status: "",
        text: "/detail/description",
        facts: &[("type", "/detail/type"), ("severity", "/detail/severity"), ("seen", "/detail/service/count")],
    },
    View {
        detail_type: "CloudFormation Stack Status Change",
        title: "/detail/stack-id",
        status: "/detail/status-details/status",
        text: "/detail/status-details/status-reason",
        facts: &[],
    },
    View {
        detail_type: "CloudFormation Resource Status Change",
        title: "/detail/logical-resource-id",
        status: "/detail/status-details/status",
        text: "/detail/status-details/status-reason",
        facts: &[("type", "/detail/resource-type"), ("stack", "/detail/stack-id")],
    },
    View {
        detail_type: "CodePipeline Pipeline Execution State Change",
        title: "/detail/pipeline",
        status: "/detail/state",
        text: "",
        facts: &[("execution", "/detail/execution-id")],
    },
    View {
        detail_type: "CodeBuild Build State Change",
        title: "/detail/project-name",
        status: "/detail/build-status",
        text: "",
        facts: &[("build", "/detail/build-id")],
    },
    View {
        detail_type: "CodeDeploy Deployment State-change Notification",
        title: "/detail/application",
        status: "/detail/state",
        text: "",
        facts: &[("group", "/detail/deploymentGroup"), ("deployment", "/detail/deploymentId")],
    },
    View {
        detail_type: "EC2 Instance State-change Notification",
        title: "/detail/instance-id",
        status: "/detail/state",
        text: "",
        facts: &[],
    },
    View {
        detail_type: "Config Rules Compliance Change",
        title: "/detail/configRuleName",
        status: "/detail/newEvaluationResult/complianceType",
        text: "/detail/newEvaluationResult/annotation",
        facts: &[("type", "/detail/resourceType"), ("resource", "/detail/resourceId")],
    },
    View {
        detail_type: "Security Hub Findings - Imported",
        title: "/detail/findings/0/Title",
        status: "",
        text: "/detail/findings/0/Description",
        facts: &[("severity", "/detail/findings/0/Severity/Label"), ("product", "/detail/findings/0/ProductName")],
    },
];

/// Renders an EventBridge event; `None` when the document has not its envelope.
pub(crate) fn render(notification: &Notification, event: &Map<String, Value>) -> Option<Rendered> {
    let (source, detail_type) = (text(event, "/source")?, text(event, "/detail-type")?);
    if !event.contains_key("detail") {
        return None;
    }
    let at_time = text(event, "/time").and_then(|time| Timestamp::parse_rfc3339(time).ok());
    let view = VIEWS.iter().find(|view| view.detail_type == detail_type);
    let show = |pointer: &str| at(event, pointer).and_then(scalar).filter(|text| !text.is_empty());
    let title = view.and_then(|view| show(view.title));
    let mut card =
        Card::titled(title.as_deref().unwrap_or(detail_type)).context(if title.is_some() { detail_type } else { "" });
    for part in [source, text(event, "/region").unwrap_or_default(), text(event, "/account").unwrap_or_default()] {
        card = card.context(part);
    }
    let mut facts = Vec::new();
    if let Some(view) = view {
        if let Some(status) = show(view.status) {
            card = card.state(tone::of_status(&status), status);
        } else if let Some(severity) = at(event, "/detail/severity").and_then(Value::as_f64) {
            let (tone, word) = guard_duty_severity(severity);
            card = card.state(tone, word);
        }
        card = card.text(show(view.text).unwrap_or_default());
        let known = view.facts.iter().filter_map(|(name, pointer)| Some(Fact::words(*name, show(pointer)?)));
        facts.extend(known);
    } else {
        card = card.block(Block::Tree(detail(event.get("detail"))));
    }
    facts.extend(texts(event.get("resources")).into_iter().take(10).map(|arn| Fact::identifier("resource", arn)));
    let rendered =
        Rendered::new(Kind::Event, card.block(Block::Facts(facts)), at_time.unwrap_or(notification.published));
    Some(Rendered { correlation: correlation(event, detail_type), ..rendered })
}

/// GuardDuty's bands: AWS's GuardDuty guide, "Severity levels".
fn guard_duty_severity(severity: f64) -> (Tone, &'static str) {
    match severity {
        s if s >= 9.0 => (Tone::Bad, "Critical"),
        s if s >= 7.0 => (Tone::Bad, "High"),
        s if s >= 4.0 => (Tone::Caution, "Medium"),
        _ => (Tone::Neutral, "Low"),
    }
}

fn correlation(event: &Map<String, Value>, detail_type: &str) -> Option<Correlation> {
    if detail_type != "CloudWatch Alarm State Change" {
        return None;
    }
    let key = texts(event.get("resources")).first().copied()?.to_owned();
    let phase = match text(event, "/detail/state/value")? {
        "ALARM" => Phase::Opens,
        "OK" => Phase::Closes,
        _ => Phase::Continues,
    };
    Some(Correlation { key, phase })
}

fn detail(value: Option<&Value>) -> Vec<TreeLine> {
    let mut lines = Vec::new();
    if let Some(value) = value {
        members(value, 0, &mut lines);
    }
    if lines.len() > DETAIL_LINES {
        lines.truncate(DETAIL_LINES);
        lines.push(TreeLine::heading(0, "…"));
    }
    lines
}

fn members(value: &Value, depth: u8, lines: &mut Vec<TreeLine>) {
    if lines.len() > DETAIL_LINES {
        return;
    }
    if depth > DETAIL_DEPTH {
        lines.push(TreeLine::heading(depth, "…"));
        return;
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match scalar(value) {
                    Some(text) => lines.push(TreeLine::pair(depth, name, text)),
                    None if value.is_null() => {}
                    None => {
                        lines.push(TreeLine::heading(depth, name));
                        members(value, depth + 1, lines);
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match scalar(item) {
                    Some(text) => lines.push(TreeLine::item(depth, "", text)),
                    None => {
                        let start = lines.len();
                        members(item, depth, lines);
                        if let Some(first) = lines.get_mut(start) {
                            first.bullet = true;
                        }
                    }
                }
            }
        }
        scalar_value => lines.extend(scalar(scalar_value).map(|text| TreeLine::heading(depth, text))),
    }
}
