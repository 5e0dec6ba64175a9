//! Delivery policies: what SNS accepts as one, which is in force for a subscription, and when a delivery that failed is
//! tried again.
//!
//! Source: AWS's SNS developer guide, "Amazon SNS message delivery retries" and "Creating an HTTP/S delivery policy".

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The longest that all retries of one message to an HTTP endpoint may take, in seconds.
pub const MAX_TOTAL_SECONDS: u64 = 3_600;
/// The content type of deliveries where none is asked for.
pub const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

/// How the delays grow in the backoff phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    /// By the same amount.
    Linear,
    /// By an amount that grows by the same amount.
    Arithmetic,
    /// By the same factor.
    Geometric,
    /// Slowly first, then by doubling steps.
    Exponential,
}

/// When a delivery is tried again: first at once, then after the shortest delay, then ever later, then after the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryPolicy {
    /// The shortest delay, in seconds.
    pub min_delay_target: u64,
    /// The longest delay, in seconds.
    pub max_delay_target: u64,
    /// All retries, of all phases.
    pub num_retries: u32,
    /// Of these, after the longest delay, at the end.
    #[serde(default)]
    pub num_max_delay_retries: u32,
    /// Of these, at once, at the beginning.
    #[serde(default)]
    pub num_no_delay_retries: u32,
    /// Of these, after the shortest delay, before the backoff phase.
    #[serde(default)]
    pub num_min_delay_retries: u32,
    /// How the delays grow.
    pub backoff_function: Backoff,
}

impl RetryPolicy {
    /// What SNS does for HTTP endpoints when nothing else is asked for.
    pub const HTTP: RetryPolicy = RetryPolicy {
        min_delay_target: 20,
        max_delay_target: 20,
        num_retries: 3,
        num_max_delay_retries: 0,
        num_no_delay_retries: 0,
        num_min_delay_retries: 0,
        backoff_function: Backoff::Linear,
    };

    /// What SNS does for AWS's own endpoints: 100,015 retries in 23 days.
    pub const AWS: RetryPolicy = RetryPolicy {
        min_delay_target: 1,
        max_delay_target: 20,
        num_retries: 100_015,
        num_max_delay_retries: 100_000,
        num_no_delay_retries: 3,
        num_min_delay_retries: 2,
        backoff_function: Backoff::Exponential,
    };

    /// The delay before a retry, in milliseconds; the first is 1. `None` after the last.
    pub fn delay_millis(&self, retry: u32) -> Option<u64> {
        if retry == 0 || retry > self.num_retries {
            return None;
        }
        let (min, max) = (self.min_delay_target.saturating_mul(1_000), self.max_delay_target.saturating_mul(1_000));
        let Some(retry) = retry.checked_sub(self.num_no_delay_retries).filter(|retry| *retry > 0) else {
            return Some(0);
        };
        let Some(step) = retry.checked_sub(self.num_min_delay_retries).filter(|step| *step > 0) else {
            return Some(min);
        };
        let steps = self
            .num_retries
            .saturating_sub(self.num_no_delay_retries)
            .saturating_sub(self.num_min_delay_retries)
            .saturating_sub(self.num_max_delay_retries);
        if step > steps {
            return Some(max);
        }
        Some(self.backoff(f64::from(step), f64::from(steps), min, max))
    }

    /// As [`RetryPolicy::delay_millis`], with jitter: up to a tenth more, by what is retried, so that messages that failed
    /// together are not tried again together. It is never less than what the policy asks for.
    /// Source: AWS's SNS developer guide, "Amazon SNS message delivery retries".
    pub fn jittered_millis(&self, retry: u32, what: &str) -> Option<u64> {
        let delay = self.delay_millis(retry)?;
        // FNV-1a: spread is all that is asked of it.
        let seed = what
            .bytes()
            .chain(retry.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Some(delay + delay / 10 * (seed >> 32 & 0xff) / 0xff)
    }

    /// The delay of a step of the backoff phase: the last step's is the longest.
    fn backoff(&self, step: f64, steps: f64, min: u64, max: u64) -> u64 {
        let share = match self.backoff_function {
            Backoff::Linear => step / steps,
            Backoff::Arithmetic => step * (step + 1.0) / (steps * (steps + 1.0)),
            Backoff::Geometric if min > 0 => {
                let growth = max as f64 / min as f64;
                return (min as f64 * growth.powf(step / steps)).round().min(max as f64) as u64;
            }
            // In the form that does not overflow for many steps.
            Backoff::Geometric | Backoff::Exponential => {
                (2_f64.powf(step - steps) - 2_f64.powf(-steps)) / (1.0 - 2_f64.powf(-steps))
            }
        };
        let span = max.saturating_sub(min) as f64;
        (min as f64 + span * share).round().min(max as f64) as u64
    }

    /// What all retries take together, in seconds.
    fn total_seconds(&self) -> u64 {
        (1..=self.num_retries).filter_map(|retry| self.delay_millis(retry)).sum::<u64>() / 1_000
    }

    /// Reads one of a delivery policy. `name` is its member's name, as AWS's messages say it.
    fn read(json: &Value, name: &str) -> Result<RetryPolicy, String> {
        let Value::Object(map) = json else { return Err(format!("{name} must be an object")) };
        known(
            map,
            name,
            &[
                "minDelayTarget",
                "maxDelayTarget",
                "numRetries",
                "numMaxDelayRetries",
                "numNoDelayRetries",
                "numMinDelayRetries",
                "backoffFunction",
            ],
        )?;
        let policy = RetryPolicy {
            min_delay_target: number(map, name, "minDelayTarget")?.ok_or_else(|| missing(name, "minDelayTarget"))?,
            max_delay_target: number(map, name, "maxDelayTarget")?.ok_or_else(|| missing(name, "maxDelayTarget"))?,
            num_retries: count(map, name, "numRetries")?.ok_or_else(|| missing(name, "numRetries"))?,
            num_max_delay_retries: count(map, name, "numMaxDelayRetries")?.unwrap_or(0),
            num_no_delay_retries: count(map, name, "numNoDelayRetries")?.unwrap_or(0),
            num_min_delay_retries: count(map, name, "numMinDelayRetries")?.unwrap_or(0),
            backoff_function: match map.get("backoffFunction") {
                None | Some(Value::Null) => Backoff::Linear,
                Some(function) => serde_json::from_value(function.clone()).map_err(|_| {
                    format!("{name}.backoffFunction must be one of linear, arithmetic, geometric or exponential")
                })?,
            },
        };
        policy.check(name).map(|()| policy)
    }

    fn check(&self, name: &str) -> Result<(), String> {
        let limit = |member: &str, rule: &str| Err(format!("{name}.{member} must be {rule}"));
        if self.min_delay_target < 1 {
            return limit("minDelayTarget", "greater than or equal to 1");
        }
        if self.max_delay_target < self.min_delay_target {
            return limit("maxDelayTarget", "greater than or equal to minDelayTarget");
        }
        if self.max_delay_target > MAX_TOTAL_SECONDS {
            return limit("maxDelayTarget", "less than or equal to 3600");
        }
        if self.num_retries > 100 {
            return limit("numRetries", "less than or equal to 100");
        }
        let phases = [self.num_no_delay_retries, self.num_min_delay_retries, self.num_max_delay_retries];
        if phases.iter().sum::<u32>() > self.num_retries {
            return limit("numRetries", "greater than or equal to the retries of all phases together");
        }
        if self.total_seconds() > MAX_TOTAL_SECONDS {
            return Err(format!("{name} takes more than {MAX_TOTAL_SECONDS} seconds for all retries"));
        }
        Ok(())
    }
}

fn missing(name: &str, member: &str) -> String {
    format!("{name}.{member} must be specified")
}

fn known(map: &Map<String, Value>, name: &str, members: &[&str]) -> Result<(), String> {
    match map.keys().find(|key| !members.contains(&key.as_str())) {
        Some(key) if name.is_empty() => Err(format!("{key} is not a known member")),
        Some(key) => Err(format!("{name}.{key} is not a known member")),
        None => Ok(()),
    }
}

fn number(map: &Map<String, Value>, name: &str, member: &str) -> Result<Option<u64>, String> {
    match map.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            value.as_u64().map(Some).ok_or_else(|| format!("{name}.{member} must be a whole number, 0 or more"))
        }
    }
}

fn count(map: &Map<String, Value>, name: &str, member: &str) -> Result<Option<u32>, String> {
    let number = number(map, name, member)?;
    // More than a hundred is refused later, whatever it is.
    Ok(number.map(|number| u32::try_from(number).unwrap_or(u32::MAX >> 2)))
}

/// What a delivery policy asks for. Of a topic the members are called otherwise than of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryPolicy {
    /// When deliveries are tried again.
    pub retry: Option<RetryPolicy>,
    /// How many deliveries a second there are at most, on average.
    pub max_receives_per_second: Option<u32>,
    /// The content type of deliveries.
    pub content_type: Option<String>,
    /// Of a topic: whether subscriptions may have none of their own.
    pub disable_subscription_overrides: bool,
}

/// The names of the members in the two forms.
struct Names {
    retry: &'static str,
    throttle: &'static str,
    request: &'static str,
}

const OF_SUBSCRIPTION: Names =
    Names { retry: "healthyRetryPolicy", throttle: "throttlePolicy", request: "requestPolicy" };
const OF_TOPIC: Names = Names {
    retry: "http.defaultHealthyRetryPolicy",
    throttle: "http.defaultThrottlePolicy",
    request: "http.defaultRequestPolicy",
};

fn is_set(value: &&Value) -> bool {
    !value.is_null()
}

impl DeliveryPolicy {
    /// Reads a subscription's; an empty text is none.
    ///
    /// # Errors
    /// What is wrong with it, in AWS's words where AWS has some.
    pub fn of_subscription(text: &str) -> Result<DeliveryPolicy, String> {
        let map = object(text)?;
        known(&map, "", &["healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"])?;
        Self::read(&map, &OF_SUBSCRIPTION)
    }

    /// Reads a topic's; an empty text is none.
    ///
    /// # Errors
    /// As [`DeliveryPolicy::of_subscription`].
    pub fn of_topic(text: &str) -> Result<DeliveryPolicy, String> {
        let outer = object(text)?;
        known(&outer, "", &["http"])?;
        let map = match outer.get("http").filter(is_set) {
            None => return Ok(DeliveryPolicy::default()),
            Some(Value::Object(map)) => map,
            Some(_) => return Err("http must be an object".to_owned()),
        };
        known(
            map,
            "http",
            &[
                "defaultHealthyRetryPolicy",
                "disableSubscriptionOverrides",
                "defaultThrottlePolicy",
                "defaultRequestPolicy",
            ],
        )?;
        let disable = match map.get("disableSubscriptionOverrides").filter(is_set) {
            None => false,
            Some(Value::Bool(disable)) => *disable,
            Some(_) => return Err("http.disableSubscriptionOverrides must be true or false".to_owned()),
        };
        let read = Self::read(map, &OF_TOPIC)?;
        Ok(DeliveryPolicy { disable_subscription_overrides: disable, ..read })
    }

    fn read(map: &Map<String, Value>, names: &Names) -> Result<DeliveryPolicy, String> {
        let at = |name: &str| map.get(name.rsplit('.').next().unwrap_or(name)).filter(is_set);
        let retry = at(names.retry).map(|json| RetryPolicy::read(json, names.retry)).transpose()?;
        let throttle = match at(names.throttle) {
            None => None,
            Some(Value::Object(throttle)) => {
                let member = "maxReceivesPerSecond";
                known(throttle, names.throttle, &[member])?;
                match count(throttle, names.throttle, member)? {
                    Some(0) => return Err(format!("{}.{member} must be greater than or equal to 1", names.throttle)),
                    rate => rate,
                }
            }
            Some(_) => return Err(format!("{} must be an object", names.throttle)),
        };
        let content_type = match at(names.request) {
            None => None,
            Some(Value::Object(request)) => {
                let member = "headerContentType";
                known(request, names.request, &[member])?;
                let fits =
                    |text: &&str| (1..=128).contains(&text.len()) && text.bytes().all(|b| (32..127).contains(&b));
                match request.get(member).filter(is_set) {
                    None => None,
                    Some(value) => match value.as_str().filter(fits).filter(|text| text.contains('/')) {
                        Some(text) => Some(text.to_owned()),
                        None => return Err(format!("{}.{member} is not a content type", names.request)),
                    },
                }
            }
            Some(_) => return Err(format!("{} must be an object", names.request)),
        };
        let retry_policy = DeliveryPolicy { retry, max_receives_per_second: throttle, content_type, ..Self::default() };
        Ok(retry_policy)
    }

    /// What is in force for a subscription: its own, else its topic's, else SNS's.
    pub fn effective(self, topic: DeliveryPolicy) -> DeliveryPolicy {
        let own = if topic.disable_subscription_overrides { DeliveryPolicy::default() } else { self };
        DeliveryPolicy {
            retry: own.retry.or(topic.retry).or(Some(RetryPolicy::HTTP)),
            max_receives_per_second: own.max_receives_per_second.or(topic.max_receives_per_second),
            content_type: own.content_type.or(topic.content_type).or_else(|| Some(CONTENT_TYPE.to_owned())),
            disable_subscription_overrides: topic.disable_subscription_overrides,
        }
    }

    /// How the effective policy of a subscription is shown.
    pub fn shown_of_subscription(&self) -> String {
        json!({
            "healthyRetryPolicy": self.retry,
            "sicklyRetryPolicy": null,
            "throttlePolicy": self.throttle(),
            "requestPolicy": {"headerContentType": self.content_type},
            "guaranteed": false,
        })
        .to_string()
    }

    /// How the effective policy of a topic is shown.
    pub fn shown_of_topic(&self) -> String {
        let mut http = Map::new();
        http.insert("defaultHealthyRetryPolicy".to_owned(), json!(self.retry));
        http.insert("disableSubscriptionOverrides".to_owned(), json!(self.disable_subscription_overrides));
        if let Some(throttle) = self.throttle() {
            http.insert("defaultThrottlePolicy".to_owned(), throttle);
        }
        http.insert("defaultRequestPolicy".to_owned(), json!({"headerContentType": self.content_type}));
        json!({ "http": http }).to_string()
    }

    fn throttle(&self) -> Option<Value> {
        self.max_receives_per_second.map(|rate| json!({"maxReceivesPerSecond": rate}))
    }
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err("failed to parse JSON.".to_owned()),
    }
}
