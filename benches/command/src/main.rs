//! Times `ec2 describe-instances --filters ...`: its parts in this process, the whole command against an endpoint on this
//! machine, and the same command by the AWS CLI and by boto3. The README says how to run it and what came out.

mod endpoint;
mod others;

use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::http::{Request, Response};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::client::{self, Destination};
use bailiwick_aws::sigv4::{Credentials, Scope, Secret, sign};
use bailiwick_command::lex::Word;
use bailiwick_command::output::{self, Format, parsed_response};
use bailiwick_command::parse::{Call, Grammar, Parsed, Setting};
use bailiwick_ident::Timestamp;
use bailiwick_policy::compiled::Engine;
use bailiwick_policy::{Context, Layers, Policy, PolicyType, Principal, Resource};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const COMMAND: [&str; 5] =
    ["ec2", "describe-instances", "--filters", "Name=instance-state-name,Values=running", "Name=tag:team,Values=ops,dev"];
const ROLE: &str = "arn:aws:iam::111122223333:user/dana";

/// Everything that one process keeps between commands.
struct World {
    pack: Arc<Pack>,
    grammar: Grammar,
    engine: Engine,
    secret: Secret,
    settings: EndpointSettings,
}

impl World {
    fn new() -> Self {
        let pack = Pack::embedded().expect("the pack");
        let document = pack.managed_policy_document("ReadOnlyAccess").expect("the pack").expect("the policy");
        let policy = Policy::read("ReadOnlyAccess", PolicyType::Identity, &document);
        let engine = Engine::compile(&Layers { identity: Some(vec![policy]), ..Layers::default() });
        let grammar = Grammar::new(pack.clone()).expect("the grammar");
        World { pack, grammar, engine, secret: Secret::new("secret"), settings: EndpointSettings::default() }
    }

    fn parse(&self) -> Box<Call> {
        let words: Vec<Word> = COMMAND.iter().map(|word| Word::plain((*word).to_owned())).collect();
        match self.grammar.parse(&words, &Setting::default()).expect("a command") {
            Parsed::Call(call) => call,
            other => panic!("{other:?}"),
        }
    }

    fn authorize(&self, call: &Call) {
        let map = self.pack.action_map(&call.service.name).expect("the pack").expect("a map of the service");
        let needed = map.operation(&call.operation).expect("an operation of the map");
        for mapped in &needed.actions {
            let request = bailiwick_policy::Request {
                principal: Principal::from_arn_text(ROLE).expect("a user"),
                action: mapped.action.to_string(),
                resource: Resource::Any,
                resource_account: None,
                wildcard_only: true,
                context: Context::new().with("aws:PrincipalArn", ROLE).with("aws:RequestedRegion", "eu-west-1"),
            };
            assert!(self.engine.decide(&request).is_allowed());
        }
        black_box(self.pack.access_class(&call.service.name, &call.operation, &call.input));
    }

    fn sign(&self, call: &Call, endpoint: Option<&http::Uri>) -> Request {
        let model = call.model().expect("the model");
        let to = Destination {
            protocol: call.service.protocol,
            region: "eu-west-1",
            settings: &self.settings,
            endpoint,
        };
        let mut prepared = client::prepare(&self.pack, &call.service, model, &call.input, to).expect("a request");
        let credentials =
            Credentials { access_key_id: "AKIAEXAMPLE", secret_access_key: &self.secret, session_token: None };
        let scope = Scope { region: &prepared.signing_region, service: &prepared.signing_name };
        sign(&mut prepared.request, credentials, scope, Timestamp::from_millis(1_795_000_000_000)).expect("signed");
        prepared.request
    }

    fn show(&self, call: &Call, response: &Response) -> String {
        let model = call.model().expect("the model");
        let output = client::decode(&call.service, model, response).expect("an answer");
        let parsed = parsed_response(&call.service, model, &output);
        output::render(Format::Json, &call.operation, &parsed).expect("text")
    }
}

/// The best of many short slices, in nanoseconds for one call.
fn best(mut work: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut best = f64::MAX;
    while begin.elapsed() < Duration::from_secs(2) {
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < Duration::from_millis(2) {
            work();
            count += 1;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(count));
    }
    best
}

fn line(what: &str, nanoseconds: f64) {
    println!("{what:<64} {:>10.1} us", nanoseconds / 1_000.0);
}

fn main() {
    let world = World::new();
    line("the pack opened, our own models and lists read", best(|| drop(black_box(Pack::embedded()))));
    let opened: Vec<Arc<Pack>> = (0..40).map(|_| Pack::embedded().expect("the pack")).collect();
    let mut first: Vec<f64> = opened
        .iter()
        .map(|pack| {
            let start = Instant::now();
            black_box(pack.service("ec2").expect("ec2"));
            start.elapsed().as_nanos() as f64
        })
        .collect();
    first.sort_by(f64::total_cmp);
    line("first use of ec2, the median of 40 packs", first[20]);
    line("first use of ec2, the quickest of 40 packs", first[0]);
    drop(opened);

    let call = world.parse();
    line("parse and validate", best(|| drop(black_box(world.parse()))));
    line("authorize", best(|| world.authorize(&call)));
    line("prepare and sign", best(|| drop(black_box(world.sign(&call, None)))));
    line("parse, validate, authorize, sign", best(|| {
        let call = world.parse();
        world.authorize(&call);
        black_box(world.sign(&call, None));
    }));

    let endpoint = endpoint::Endpoint::start();
    let mut connection = endpoint.connect();
    let mut command = || {
        let call = world.parse();
        world.authorize(&call);
        let response = connection.send(&world.sign(&call, Some(&endpoint.uri)));
        world.show(&call, &response)
    };
    assert!(command().contains("i-0123456789abcdef0"), "{}", command());
    const COMMANDS: u32 = 5_000;
    let (start, cpu) = (Instant::now(), others::own_cpu());
    (0..COMMANDS).for_each(|_| drop(black_box(command())));
    let (wall, cpu) = (start.elapsed(), others::own_cpu() - cpu);
    line("whole command, time", wall.as_nanos() as f64 / f64::from(COMMANDS));
    let ours = cpu.as_nanos() as f64 / f64::from(COMMANDS);
    line("whole command, CPU, with the endpoint's own share", ours);
    others::measure(&endpoint.uri.to_string(), ours);
}
