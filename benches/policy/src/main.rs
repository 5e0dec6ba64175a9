//! Times the policy engine beside others. See the README.

mod allocations;
mod peers;
mod timing;
mod workload;

use bailiwick_policy::compiled::Engine;
use bailiwick_policy::explain::explain;
use bailiwick_policy::{Layers, Policy, PolicyType, oracle};
use std::hint::black_box;
use std::process::ExitCode;
use timing::{Contestant, Pace, compare, once};
use workload::Workload;

/// More statements than this take peers too long.
const MOST_FOR_PEERS: usize = 1_000;

/// Which workloads to run, by a part of their name, and how long.
struct Plan {
    pace: Pace,
    only: Option<String>,
    /// Our own time at one statement, once it is known.
    first: Option<f64>,
    /// Wrong answers and allocations of our engine.
    faults: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let pace = Pace { quick: arguments.iter().any(|argument| argument == "--quick") };
    let only = arguments.iter().find_map(|argument| argument.strip_prefix("--only=")).map(str::to_owned);
    let mut plan = Plan { pace, only, first: None, faults: 0 };
    println!("| workload | statements | ours ns | of ours at 1 | iam-rs ns | ratio | cedar ns | ratio | wrong | bytes a statement |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for count in [1, 10, 100, 1_000, 10_000] {
        plan.row("many services", count, || Workload::many_services(count));
    }
    for count in [100, 1_000, 10_000] {
        plan.row("one service", count, || Workload::one_service(count));
    }
    plan.row("deny-heavy", 1_000, || Workload::deny_heavy(1_000));
    plan.row("condition-heavy", 1_000, || Workload::condition_heavy(1_000));
    plan.row("managed policies", 23, Workload::managed_policies);
    // The peers know of no layers.
    plan.row("nine layers", MOST_FOR_PEERS + 1, Workload::nine_layers);
    println!();
    if plan.only.as_ref().is_none_or(|only| only == "reading") {
        compiling(pace);
    }
    if plan.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Plan {
    /// Times one workload and prints its row.
    fn row(&mut self, name: &str, statements: usize, work: impl FnOnce() -> Workload) {
        let full = format!("{name} {statements}");
        if self.only.as_ref().is_some_and(|only| !full.contains(only)) {
            return;
        }
        let work = work();
        let engine = Engine::compile(&work.layers);
        let expected: Vec<bool> =
            work.requests.iter().map(|request| oracle::decide(request, &work.layers).outcome.is_allowed()).collect();
        self.check(&work, &engine);
        let mut peers = if statements <= MOST_FOR_PEERS { peers::all(&work) } else { Vec::new() };
        let ours: Contestant<'_> = Box::new(|n| {
            black_box(engine.decide(black_box(&work.requests[n])));
        });
        let wrong: Vec<String> = peers
            .iter()
            .map(|peer| {
                let wrong = peer.answers.iter().zip(&expected).filter(|(a, b)| a != b).count();
                format!("{} {wrong}", peer.name)
            })
            .collect();
        let mut contestants = vec![ours];
        let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
        contestants.extend(peers.drain(..).map(|peer| peer.contestant));
        let times = compare(self.pace, work.requests.len(), &mut contestants);
        let ours = times[0];
        let first = *self.first.get_or_insert(ours);
        let other = |name: &str| match names.iter().position(|own| *own == name) {
            Some(at) => format!("{:.0} | {:.0}x", times[at + 1], times[at + 1] / ours),
            None => "- | -".to_owned(),
        };
        println!(
            "| {} | {} | {ours:.0} | {:.1}x | {} | {} | {} | {} |",
            work.name,
            engine.statements(),
            ours / first,
            other("iam-rs"),
            other("cedar"),
            if wrong.is_empty() { "-".to_owned() } else { format!("{} of {}", wrong.join(", "), expected.len()) },
            engine.size() / engine.statements().max(1),
        );
    }

    /// Every answer of ours is the plain evaluator's, and none allocates.
    fn check(&mut self, work: &Workload, engine: &Engine) {
        for request in &work.requests {
            if engine.decide(request) != oracle::decide(request, &work.layers).outcome {
                eprintln!("{}: the compiled engine differs on {request:?}", work.name);
                self.faults += 1;
            }
        }
        let allocated = allocations::during(|| {
            for request in &work.requests {
                black_box(engine.decide(request));
            }
        });
        if allocated != 0 {
            eprintln!("{}: {allocated} allocations in {} decisions", work.name, work.requests.len());
            self.faults += 1;
        }
    }
}

/// Times reading and compiling.
fn compiling(pace: Pace) {
    println!("| reading and compiling | ms |");
    println!("|---|---|");
    let texts = workload::many_services_texts(1_000);
    let read = |texts: &[String]| -> Layers {
        let policies = texts.iter().map(|text| Policy::read("p", PolicyType::Identity, text)).collect();
        Layers { identity: Some(policies), ..Layers::default() }
    };
    let bytes: usize = texts.iter().map(String::len).sum();
    let line = |name: String, time: f64| println!("| {name} | {:.3} |", time / 1e6);
    line(format!("read 1,000 statements, {bytes} bytes"), once(pace, || drop(black_box(read(&texts)))));
    let layers = read(&texts);
    line("compile 1,000 statements".to_owned(), once(pace, || drop(black_box(Engine::compile(&layers)))));
    line("read and compile 1,000 statements".to_owned(), once(pace, || drop(black_box(Engine::compile(&read(&texts))))));
    let managed = vec![workload::managed_policy("ReadOnlyAccess")];
    line("read ReadOnlyAccess".to_owned(), once(pace, || drop(black_box(read(&managed)))));
    let layers = read(&managed);
    line("compile ReadOnlyAccess".to_owned(), once(pace, || drop(black_box(Engine::compile(&layers)))));
    let refused = workload::refusal();
    let guarded = Layers { guardrail: layers.identity.clone(), ..layers };
    line("explain a refusal by ReadOnlyAccess".to_owned(), once(pace, || drop(black_box(explain(&refused, &guarded)))));
}
