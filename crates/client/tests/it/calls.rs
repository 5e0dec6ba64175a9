//! Calls over the wire: CBOR both ways, a time of its own, and a session of a role.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bailiwick_authority::{Clock, Entropy};
use bailiwick_aws::Value;
use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::model::Protocol;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::server;
use bailiwick_aws::sigv4::Secret;
use bailiwick_client::{Exchange, InvokeError, KeySource, Keys, Place, RoleKeys, Transport};
use bailiwick_ident::Timestamp;

use crate::peer::{self, Asked, Notes};

struct Still(AtomicI64);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::Relaxed))
    }
}

struct Even;

impl Entropy for Even {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

struct World {
    exchange: Arc<Exchange>,
    place: Place,
    notes: Notes,
    clock: Arc<Still>,
}

fn keys(id: &str) -> Keys {
    Keys {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new("secret"),
        session_token: None,
        expires_at: None,
    }
}

/// A server that is Bailiwick's own decoder and encoder, over what `answer` says to each operation.
async fn world(answer: impl Fn(&str, &Value) -> Result<Value, Fault> + Send + Sync + 'static, cbor: bool) -> World {
    let pack = Pack::embedded().unwrap();
    let models = Arc::clone(&pack);
    let (address, notes) = peer::plain(move |asked: &Asked| {
        let scope = asked.header("authorization").unwrap().split('/').nth(3).unwrap().to_owned();
        let name = match scope.as_str() {
            "monitoring" => "cloudwatch",
            other => other,
        };
        let service = models.service(name).unwrap();
        let request = asked.request();
        let route = server::route(&service, &request).unwrap();
        match route.decode(&request).and_then(|input| answer(&route.operation.name, &input)) {
            Ok(output) => route.encode(&output, "request").unwrap(),
            Err(fault) => route.fault(&fault, "request"),
        }
    })
    .await;
    let clock = Arc::new(Still(AtomicI64::new(1_795_000_000)));
    let transport = Transport::new(Duration::from_secs(5));
    let exchange = Exchange::new(transport, pack, clock.clone(), Arc::new(Even));
    let place = Place {
        endpoint: Some(format!("http://{address}").parse().unwrap()),
        region: "us-east-1".parse().unwrap(),
        settings: EndpointSettings::default(),
        cbor,
        timeout: None,
    };
    World { exchange: Arc::new(exchange), place, notes, clock }
}

impl World {
    async fn call(
        &self,
        source: &dyn KeySource,
        service: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, InvokeError> {
        let service = Pack::embedded().unwrap().service(service).unwrap();
        let operation = service.operation(operation).unwrap();
        self.exchange.call(&self.place, source, &service, operation, &input).await
    }
}

#[tokio::test]
async fn a_service_is_spoken_to_in_cbor_or_json_as_the_account_says() {
    for (cbor, kind, protocol) in
        [(true, "application/cbor", Protocol::Cbor), (false, "application/x-amz-json-1.0", Protocol::Json)]
    {
        let world = world(
            |operation, input| match operation {
                "ListMetrics" => {
                    assert_eq!(input.get("Namespace").and_then(Value::as_str), Some("own"));
                    let metric = Value::map([("Namespace", "own".into()), ("MetricName", Value::from("m"))]);
                    Ok(Value::map([("Metrics", Value::list([metric]))]))
                }
                "GetMetricStatistics" => {
                    // Numbers, times and lists come through as they went in.
                    let start = input.get("StartTime").cloned().unwrap();
                    let point =
                        Value::map([("Timestamp", start), ("Average", Value::Float(80.5)), ("Unit", "Count".into())]);
                    Ok(Value::map([("Label", "m".into()), ("Datapoints", Value::list([point]))]))
                }
                other => Err(Fault::sender("InvalidAction", 400, format!("no {other}"))),
            },
            cbor,
        )
        .await;
        let keys = keys("AKIA");
        let listed = world.call(&keys, "cloudwatch", "ListMetrics", Value::map([("Namespace", "own".into())])).await;
        let listed = listed.unwrap();
        let Some(Value::List(metrics)) = listed.get("Metrics") else { panic!("{listed:?}") };
        assert_eq!(metrics[0].get("MetricName").and_then(Value::as_str), Some("m"));

        let time = Value::Timestamp(Timestamp::from_seconds(1_795_000_000));
        let input = Value::map([
            ("Namespace", "own".into()),
            ("MetricName", "m".into()),
            ("StartTime", time.clone()),
            ("EndTime", time.clone()),
            ("Period", Value::Integer(60)),
        ]);
        let answer = world.call(&keys, "cloudwatch", "GetMetricStatistics", input).await.unwrap();
        let Some(Value::List(points)) = answer.get("Datapoints") else { panic!("{answer:?}") };
        assert_eq!((points[0].get("Timestamp"), points[0].get("Average")), (Some(&time), Some(&Value::Float(80.5))));

        let refused =
            world.call(&keys, "cloudwatch", "DeleteAlarms", Value::map([("AlarmNames", Value::list([]))])).await;
        let Err(InvokeError::Fault(fault)) = refused else { panic!("{refused:?}") };
        assert_eq!((fault.code.as_str(), fault.message.as_str()), ("InvalidAction", "no DeleteAlarms"));

        let notes = world.notes.lock().unwrap();
        assert!(notes.iter().all(|asked| asked.header("content-type") == Some(kind)), "{protocol:?}: {notes:?}");
    }
}

#[tokio::test]
async fn an_account_may_have_a_time_of_its_own() {
    let mut world = world(
        |_, _| {
            std::thread::sleep(Duration::from_millis(300));
            Ok(Value::empty())
        },
        false,
    )
    .await;
    world.place.timeout = Some(Duration::from_millis(50));
    // What changes something is not repeated, and nobody knows whether it took place.
    let put = Value::map([("Namespace", "own".into()), ("MetricData", Value::list([]))]);
    let error = world.call(&keys("AKIA"), "cloudwatch", "PutMetricData", put).await.unwrap_err();
    assert!(matches!(error, InvokeError::Ambiguous(_)) && error.to_string().contains("did not answer"), "{error}");
}

#[tokio::test]
async fn the_step_into_an_account_is_taken_once_and_again_before_it_ends() {
    let world = world(
        |operation, input| {
            assert_eq!(operation, "AssumeRole");
            assert_eq!(input.get("RoleArn").and_then(Value::as_str), Some("arn:aws:iam::123456789012:role/step"));
            let credentials = Value::map([
                ("AccessKeyId", Value::from("ASIASTEP")),
                ("SecretAccessKey", "s".into()),
                ("SessionToken", "t".into()),
                ("Expiration", Value::Timestamp(Timestamp::from_seconds(1_795_003_600))),
            ]);
            Ok(Value::map([("Credentials", credentials)]))
        },
        false,
    )
    .await;
    let role = "arn:aws:iam::123456789012:role/step".to_owned();
    let source = RoleKeys::new(role, Arc::new(keys("AKIABASE")), world.place.clone(), Arc::clone(&world.exchange));
    let asked = || world.notes.lock().unwrap().len();
    for _ in 0..3 {
        assert_eq!(source.keys().await.unwrap().access_key_id, "ASIASTEP");
    }
    assert_eq!(asked(), 1);
    world.clock.0.store(1_795_003_530, Ordering::Relaxed);
    source.keys().await.unwrap();
    assert_eq!(asked(), 1, "good for another minute");
    world.clock.0.store(1_795_003_550, Ordering::Relaxed);
    source.keys().await.unwrap();
    assert_eq!(asked(), 2, "its last minute is not used");
    assert!(world.notes.lock().unwrap()[0].header("authorization").unwrap().contains("AKIABASE"));
}
