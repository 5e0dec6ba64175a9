//! Times the policy engine beside others. See the README.

mod allocations;
mod peers;
mod timing;
mod workload;

use bailiwick_policy::compiled::Engine;
use bailiwick_policy::{Layers, Policy, PolicyType, oracle};
use std::hint::black_box;
use std::process::ExitCode;
use timing::{Pace, nanoseconds};
use workload::Workload;

fn main() -> ExitCode {
    let pace = Pace { quick: std::env::args().any(|argument| argument == "--quick") };
    let mut faults = 0;
    println!("| workload | statements | ours ns | of ours at 1 | iam-rs ns | ratio | cedar ns | ratio | wrong: iam-rs, cedar | bytes a statement |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut first = None;
    for count in [1, 10, 100, 1_000, 10_000] {
        faults += row(&Workload::many_services(count), pace, &mut first, count <= 1_000, cfg!(feature = "cedar") && count <= 1_000);
    }
    for count in [100, 1_000, 10_000] {
        faults += row(&Workload::one_service(count), pace, &mut first, count <= 1_000, false);
    }
    faults += row(&Workload::deny_heavy(1_000), pace, &mut first, true, false);
    faults += row(&Workload::condition_heavy(1_000), pace, &mut first, true, false);
    faults += row(&Workload::managed_policies(), pace, &mut first, true, false);
    faults += row(&Workload::nine_layers(), pace, &mut first, false, false);
    println!();
    compiling(pace);
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Times one workload and prints its row; gives the number of faults: wrong answers and allocations of our engine.
fn row(work: &Workload, pace: Pace, first: &mut Option<f64>, iam_rs: bool, cedar: bool) -> usize {
    let engine = Engine::compile(&work.layers);
    let expected: Vec<bool> = work.requests.iter().map(|r| oracle::decide(r, &work.layers).outcome.is_allowed()).collect();
    let mut faults = 0;
    for request in &work.requests {
        if engine.decide(request) != oracle::decide(request, &work.layers).outcome {
            eprintln!("{}: the compiled engine differs on {request:?}", work.name);
            faults += 1;
        }
    }
    let allocated = allocations::during(|| work.requests.iter().for_each(|request| drop(black_box(engine.decide(request)))));
    if allocated != 0 {
        eprintln!("{}: {allocated} allocations in {} decisions", work.name, work.requests.len());
        faults += 1;
    }
    let ours = nanoseconds(pace, work.requests.len(), || {
        work.requests.iter().for_each(|request| drop(black_box(engine.decide(black_box(request)))));
    });
    let base = *first.get_or_insert(ours);
    let other = |run: bool, time: &dyn Fn() -> (f64, Vec<bool>)| -> (String, String, String) {
        if !run {
            return ("-".to_owned(), "-".to_owned(), "-".to_owned());
        }
        let (time, answers) = time();
        let wrong = answers.iter().zip(&expected).filter(|(a, b)| a != b).count();
        (format!("{time:.0}"), format!("{:.0}x", time / ours), wrong.to_string())
    };
    let (iam_time, iam_ratio, iam_wrong) = other(iam_rs, &|| peers::iam_rs::run(work, pace));
    let (cedar_time, cedar_ratio, cedar_wrong) = other(cedar, &|| peers::cedar::run(work, pace));
    let bytes = engine.size() / engine.statements().max(1);
    println!(
        "| {} | {} | {ours:.0} | {:.1}x | {iam_time} | {iam_ratio} | {cedar_time} | {cedar_ratio} | {iam_wrong}, {cedar_wrong} of {} | {bytes} |",
        work.name,
        engine.statements(),
        ours / base,
        expected.len(),
    );
    faults
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
    line(format!("read 1,000 statements, {bytes} bytes"), nanoseconds(pace, 1, || drop(black_box(read(&texts)))));
    let layers = read(&texts);
    line("compile 1,000 statements".to_owned(), nanoseconds(pace, 1, || drop(black_box(Engine::compile(&layers)))));
    line("read and compile 1,000 statements".to_owned(), nanoseconds(pace, 1, || drop(black_box(Engine::compile(&read(&texts))))));
    let managed = vec![workload::managed_policy("ReadOnlyAccess")];
    let layers = read(&managed);
    line("compile ReadOnlyAccess".to_owned(), nanoseconds(pace, 1, || drop(black_box(Engine::compile(&layers)))));
}
