//! `bailiwick simulate --cases`: conformance cases, one JSON object a line, answered one line each as they are read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bailiwick_policy::cases::{self, Answer, Engine};
use bailiwick_policy::json::{self, Json, MAX_BYTES};

use bailiwick_authority::Reference;
use bailiwick_aws::pack::Pack;

use crate::terminal::{note, plain, unusable};

/// How the run went.
#[derive(Debug, Default)]
struct Count {
    cases: usize,
    /// Those that carry an expectation and meet it.
    agree: usize,
    failures: usize,
    /// Lines that are no JSON object.
    damaged: usize,
}

pub(super) fn run(path: &Path, engine: Engine) -> anyhow::Result<ExitCode> {
    let shown = plain(&path.display().to_string());
    let from: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).with_context(|| format!("cannot read `{shown}`"))?))
    };
    let pack = Pack::embedded().context("the data pack in this binary cannot be read")?;
    let reference = Reference::new(&pack);
    let mut out = BufWriter::new(io::stdout().lock());
    let count = match answer_all(from, engine, &reference, &mut out).map(|count| out.flush().map(|()| count)) {
        Ok(Ok(count)) => count,
        // Whoever read the answers has gone away.
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::FAILURE),
        Ok(Err(error)) => return Err(error.into()),
        Err(error) => return Err(error.context(format!("cannot read `{shown}`"))),
    };
    note(&format!("{} cases, {} agree with what they expect, {} fail", count.cases, count.agree, count.failures));
    Ok(match count {
        Count { damaged: 1.., .. } => unusable(),
        Count { failures: 1.., .. } => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// Reads line by line, so that a file may be larger than memory.
fn answer_all(
    mut from: impl BufRead,
    engine: Engine,
    reference: &Reference<'_>,
    out: &mut impl Write,
) -> anyhow::Result<Count> {
    let mut count = Count::default();
    let mut line = Vec::new();
    for number in 1_usize.. {
        line.clear();
        let read = from.by_ref().take(MAX_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if line.len() > MAX_BYTES {
            bail!("line {number} has more than {MAX_BYTES} bytes");
        }
        let Ok(text) = std::str::from_utf8(&line) else { bail!("line {number} is not UTF-8 text") };
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        if text.trim().is_empty() {
            continue;
        }
        count.cases += 1;
        let (answer, failed) = match cases::read_line(text) {
            Ok(case) => {
                let answer = case.run_with(engine, reference);
                // A kind of case that is not for this engine and expects nothing is no failure.
                let passed_over = answer.agrees.is_none() && answer.decision.is_empty();
                let failed = answer.is_failure() && !passed_over;
                (answer, failed)
            }
            Err(error) => {
                let id = id_of(text);
                count.damaged += usize::from(id.is_none());
                (unread(id.unwrap_or_default(), number, &error), true)
            }
        };
        count.failures += usize::from(failed);
        count.agree += usize::from(answer.agrees == Some(true));
        match writeln!(out, "{}", answer.to_json()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            done => done?,
        }
    }
    Ok(count)
}

/// The id of a line that is a JSON object but no case; `None` when it is no object at all.
fn id_of(line: &str) -> Option<String> {
    let node = json::parse(line).ok().filter(|node| matches!(node.value, Json::Object(_)))?;
    Some(node.get("id").and_then(|id| id.as_str()).unwrap_or_default().to_owned())
}

fn unread(id: String, line: usize, error: &str) -> Answer {
    Answer {
        id,
        decision: "",
        blocked_by: Vec::new(),
        reason: String::new(),
        error: Some(format!("line {line}: {error}")),
        agrees: None,
    }
}
