//! An alarm's threshold as a sentence: `average above 80 for 3 of 5 periods of 5 minutes`.

use crate::json::{at, scalar, text};
use bailiwick_chat::phrase::Span;
use serde_json::{Map, Value};
use std::time::Duration;

/// Comparison operators of `PutMetricAlarm` and how people say them. The last three compare with a band that
/// CloudWatch computes, not with a number.
const COMPARISONS: [(&str, &str); 7] = [
    ("GreaterThanThreshold", "above"),
    ("GreaterThanOrEqualToThreshold", "at or above"),
    ("LessThanThreshold", "below"),
    ("LessThanOrEqualToThreshold", "at or below"),
    ("LessThanLowerOrGreaterThanUpperThreshold", "outside the expected band"),
    ("LessThanLowerThreshold", "below the expected band"),
    ("GreaterThanUpperThreshold", "above the expected band"),
];

/// The sentence; `None` when the trigger does not say how it compares.
pub(super) fn sentence(trigger: &Map<String, Value>) -> Option<String> {
    let operator = text(trigger, "/ComparisonOperator")?;
    let said = COMPARISONS.iter().find(|(name, _)| *name == operator).map_or(operator, |(_, said)| *said);
    let mut words = Vec::new();
    words.extend(statistic(trigger));
    words.push(said.to_owned());
    if !said.ends_with("band") {
        words.extend(at(trigger, "/Threshold").and_then(scalar));
    }
    let whole = |pointer: &str| at(trigger, pointer).and_then(Value::as_u64);
    if let Some(of) = whole("/EvaluationPeriods").filter(|count| *count > 0) {
        let needed = whole("/DatapointsToAlarm").filter(|needed| (1..=of).contains(needed)).unwrap_or(of);
        let period = whole("/Period").filter(|seconds| *seconds > 0).map(|seconds| Span(Duration::from_secs(seconds)));
        words.push(match (needed, of, period) {
            (1, 1, None) => "for 1 period".to_owned(),
            (1, 1, Some(period)) => format!("for 1 period of {period}"),
            (needed, of, None) => format!("for {needed} of {of} periods"),
            (needed, of, Some(period)) => format!("for {needed} of {of} periods of {period}"),
        });
    }
    let missing = text(trigger, "/TreatMissingData").map(|text| text.trim_start_matches("- TreatMissingData:").trim());
    let mut sentence = words.join(" ");
    if let Some(missing) = missing.filter(|missing| !missing.is_empty() && !missing.eq_ignore_ascii_case("missing")) {
        sentence.push_str(&format!("; missing data counts as {}", missing_data(missing)));
    }
    Some(sentence)
}

fn statistic(trigger: &Map<String, Value>) -> Option<String> {
    let statistic = text(trigger, "/Statistic").or_else(|| text(trigger, "/ExtendedStatistic"))?;
    Some(match statistic.to_ascii_uppercase().as_str() {
        "SAMPLECOUNT" | "SAMPLE_COUNT" => "sample count".to_owned(),
        "SUM" | "AVERAGE" | "MINIMUM" | "MAXIMUM" => statistic.to_ascii_lowercase(),
        _ => statistic.to_owned(),
    })
}

fn missing_data(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "nonbreaching" | "notbreaching" => "good".to_owned(),
        "breaching" => "bad".to_owned(),
        "ignore" => "no change".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(trigger: &str, expected: Option<&str>) {
        let trigger: Map<String, Value> = serde_json::from_str(trigger).unwrap();
        assert_eq!(sentence(&trigger).as_deref(), expected);
    }

    #[test]
    fn thresholds_read_as_sentences() {
        check(r#"{}"#, None);
        check(
            r#"{"Statistic":"AVERAGE","ComparisonOperator":"GreaterThanThreshold","Threshold":80.0,"EvaluationPeriods":5,"DatapointsToAlarm":3,"Period":300}"#,
            Some("average above 80 for 3 of 5 periods of 5 minutes"),
        );
        check(
            r#"{"ExtendedStatistic":"p99","ComparisonOperator":"LessThanOrEqualToThreshold","Threshold":0.5,"EvaluationPeriods":1,"Period":60,"TreatMissingData":"- TreatMissingData:NonBreaching"}"#,
            Some("p99 at or below 0.5 for 1 period of 1 minute; missing data counts as good"),
        );
        check(
            r#"{"ComparisonOperator":"LessThanLowerOrGreaterThanUpperThreshold","ThresholdMetricId":"ad1","EvaluationPeriods":2}"#,
            Some("outside the expected band for 2 of 2 periods"),
        );
        check(r#"{"ComparisonOperator":"Sideways","Threshold":1,"EvaluationPeriods":0}"#, Some("Sideways 1"));
    }
}
