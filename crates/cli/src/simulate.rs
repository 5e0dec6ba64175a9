//! `bailiwick simulate`: asks the policy engine one question, or a file of conformance cases.

pub(crate) mod question;
pub(crate) mod shape;
pub(crate) mod source;

mod cases;
mod channel;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use bailiwick_policy::cases::Engine;
use bailiwick_policy::compiled;
use bailiwick_policy::{Decision, Layers, Request, oracle};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::terminal::{self, Paint};
use question::Circumstances;

const EXAMPLES: &str = "Examples:
  bailiwick simulate --principal arn:aws:iam::111122223333:role/ops --action s3:GetObject --identity policy.json
  bailiwick simulate --channel ops --member Dana -- sns list-topics --region us-east-1";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A file of conformance cases, one JSON object a line, or `-`; each is answered with one line of JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["principal", "action"])]
    cases: Option<PathBuf>,
    /// The evaluator; `both` also fails when the two differ
    #[arg(long, default_value = "both", value_parser = PossibleValuesParser::new(["compiled", "oracle", "both"])
        .try_map(|name| Engine::from_name(&name).ok_or("there is no such evaluator")))]
    engine: Engine,
    /// A channel of a data folder, by its configuration's name or ARN: would this member's command run there? The command
    /// stands after `--`
    #[arg(long, value_name = "NAME", requires_all = ["member", "command"], conflicts_with_all = ["cases", "principal", "action"])]
    channel: Option<String>,
    /// The member who asks, by name or id
    #[arg(long, value_name = "NAME", requires = "channel")]
    member: Option<String>,
    /// The configuration file of the server of `--channel`; `bailiwick.toml` is read when it is there
    #[arg(long, value_name = "FILE", requires = "channel")]
    config: Option<PathBuf>,
    /// The data folder of `--channel`; a server may be running on it
    #[arg(long, value_name = "DIR", default_value = crate::serve::DATA)]
    data: PathBuf,
    /// The command, such as `sns list-topics`
    #[arg(last = true, requires = "channel")]
    command: Vec<String>,
    /// Who asks: an ARN, a service such as `sns.amazonaws.com`, or `anonymous`
    #[arg(long, value_name = "ARN", required_unless_present_any = ["cases", "channel"])]
    principal: Option<String>,
    /// What for: an action such as `sns:Publish`
    #[arg(long, required_unless_present_any = ["cases", "channel"])]
    action: Option<String>,
    /// How to print the decision
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    circumstances: Circumstances,
}

/// How a decision is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// JSON
    Json,
    /// For people
    Table,
}

/// Exits with 0 for allowed, or all cases agree; 1 for denied, or a case disagrees; 2 when there is no answer.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    terminal::or_unusable(answer(arguments))
}

fn answer(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(path) = &arguments.cases {
        return cases::run(path, arguments.engine);
    }
    if let (Some(channel), Some(member)) = (&arguments.channel, &arguments.member) {
        let config = crate::serve::read_config(arguments.config.as_deref())?;
        return channel::run(&arguments.data, &config, channel, member, &arguments.command, arguments.format);
    }
    let (Some(principal), Some(action)) = (&arguments.principal, &arguments.action) else {
        bail!("who does what? give --principal and --action, or --cases");
    };
    let question = arguments.circumstances.question(principal, action)?;
    let decision = decide(&question.request, &question.layers, arguments.engine)?;
    terminal::print(&match arguments.format {
        Format::Json => format!("{:#}\n", shape::json(&question, &decision)),
        Format::Table => shape::table(&question, &decision, Paint(terminal::colours())),
    })?;
    Ok(status(&decision))
}

pub(crate) fn status(decision: &Decision) -> ExitCode {
    if decision.outcome.is_allowed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The plain evaluator gives the reason; the compiled one has to agree.
fn decide(request: &Request, layers: &Layers, engine: Engine) -> anyhow::Result<Decision> {
    let decision = oracle::decide(request, layers);
    if engine != Engine::Oracle {
        let outcome = compiled::Engine::compile(layers).decide(request);
        if outcome != decision.outcome {
            bail!(
                "the compiled engine says {}, the oracle {}: please report this with the policies",
                outcome.as_str(),
                decision.outcome.as_str()
            );
        }
    }
    Ok(decision)
}
