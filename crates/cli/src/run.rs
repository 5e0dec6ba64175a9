//! `bailiwick run -- ec2 describe-instances ...`: one command at a terminal, as the AWS CLI runs it.
//!
//! It is an AWS client and nothing more: it signs with the keys of whoever types, and what it may do is decided by the
//! endpoint it speaks to. No permit is involved, because nothing of ours acts.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::{fill_idempotency_tokens, settle};
use bailiwick_aws::{Operation, Service, Value};
use bailiwick_client::{Exchange, InvokeError, KeySource, Place, Transport};
use bailiwick_command::help;
use bailiwick_command::lex::Word;
use bailiwick_command::output::s3::Listing;
use bailiwick_command::output::{self, Format, parsed_response};
use bailiwick_command::pages::{MAX_PAGES, Pages, Whole};
use bailiwick_command::parse::{Attachment, Call, Dialect, Grammar, MistakeKind, Parsed, Setting};
use bailiwick_ident::Region;
use clap::Args;
use tokio::runtime::Builder;

use crate::config::NetworkSettings;
use crate::credentials::{self, Chain, NoKeys};
use crate::network::network;
use crate::world::{SystemClock, SystemEntropy};

/// The largest file that `file://` and `fileb://` read.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// How long an answer is waited for where `--cli-read-timeout` says nothing, as the AWS CLI waits; and where it says 0.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const NO_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Arguments of `bailiwick run`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The command, as after `aws`: a service, an operation, options
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Why a command did not end well. Each kind has the AWS CLI's exit status.
/// Source: the AWS CLI user guide, "Understanding return codes from the AWS CLI".
#[derive(Debug)]
enum Failed {
    /// 1: a program around API calls, such as `s3 rm`, did not do its work; what it says may be nothing.
    Program(String),
    /// 252: the command could not be read.
    Command(String),
    /// 253: the environment or the configuration does not fit.
    Setting(String),
    /// 254: the service refused.
    Service(String),
    /// 255: anything else.
    Other(String),
}

impl Failed {
    fn status(&self) -> u8 {
        match self {
            Failed::Program(_) => 1,
            Failed::Command(_) => 252,
            Failed::Setting(_) => 253,
            Failed::Service(_) => 254,
            Failed::Other(_) => 255,
        }
    }

    fn text(&self) -> &str {
        match self {
            Failed::Program(text)
            | Failed::Command(text)
            | Failed::Setting(text)
            | Failed::Service(text)
            | Failed::Other(text) => text,
        }
    }
}

/// Runs one command.
#[expect(clippy::print_stderr, reason = "a command line speaks on standard error")]
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let done = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::Other(format!("cannot start: {error}")))
        .and_then(|runtime| runtime.block_on(command(&arguments.words)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            match &failed {
                Failed::Program(text) if text.is_empty() => {}
                Failed::Program(text) => eprintln!("{text}"),
                other => eprintln!("\n{}", other.text()),
            }
            ExitCode::from(failed.status())
        }
    }
}

async fn command(words: &[String]) -> Result<(), Failed> {
    let broken = |error: &dyn std::fmt::Display| Failed::Other(format!("the data pack cannot be read: {error}"));
    let pack = Pack::embedded().map_err(|error| broken(&error))?;
    let grammar = Grammar::new(Arc::clone(&pack)).map_err(|error| broken(&error))?;
    let words = match words.split_first() {
        Some((first, rest)) if first == "aws" => rest,
        _ => words,
    };
    let typed: Vec<Word> = words.iter().map(Word::plain).collect();
    let parse = |files: &[Attachment]| grammar.parse(&typed, &Setting { dialect: Dialect::Cli, attachments: files });
    let parsed = match parse(&files(words, prefixed)?) {
        // A streamed body is named without a prefix, as in `--body report.pdf`.
        Err(mistake) if mistake.kind == MistakeKind::Attachment => parse(&files(words, existing)?),
        parsed => parsed,
    };
    let parsed = parsed.map_err(|mistake| Failed::Command(mistake.to_string()))?;
    match parsed {
        Parsed::Call(call) => perform(&pack, *call).await,
        Parsed::Print(text) => print(text.as_bytes()),
        Parsed::Help(topic) => {
            let help = help::help(&grammar, &topic, &|_, _| true);
            let text =
                help.map(|help| help.to_text()).ok_or_else(|| Failed::Command("there is no help on that".to_owned()));
            print(text?.as_bytes())
        }
        Parsed::Ask(question) => {
            Err(Failed::Command(format!("aws: error: the following arguments are required: --{}", question.parameter)))
        }
        Parsed::Builtin(_) => Err(Failed::Command("this command is for a room; type it there".to_owned())),
    }
}

/// The files that the command names. At a terminal they are the caller's own.
fn files(words: &[String], names: fn(&str) -> Option<&str>) -> Result<Vec<Attachment>, Failed> {
    let value = |word: &'_ String| -> Option<String> {
        let value = word.split_once('=').filter(|_| word.starts_with("--")).map_or(word.as_str(), |(_, value)| value);
        names(value).map(str::to_owned)
    };
    let read = |name: String| {
        let failed = |cause: &dyn std::fmt::Display| Failed::Command(format!("cannot read the file `{name}`: {cause}"));
        let length = std::fs::metadata(&name).map_err(|error| failed(&error))?.len();
        if length > MAX_FILE_BYTES {
            return Err(failed(&"it is larger than 64 MiB"));
        }
        let bytes = std::fs::read(&name).map_err(|error| failed(&error))?;
        Ok(Attachment { name, bytes })
    };
    words.iter().filter_map(value).map(read).collect()
}

/// The name after `file://` or `fileb://`.
fn prefixed(value: &str) -> Option<&str> {
    value.strip_prefix("file://").or_else(|| value.strip_prefix("fileb://"))
}

/// A name with a prefix, or one of a file that is there.
fn existing(value: &str) -> Option<&str> {
    prefixed(value).or_else(|| std::path::Path::new(value).is_file().then_some(value))
}

async fn perform(pack: &Arc<Pack>, mut call: Call) -> Result<(), Failed> {
    let option =
        |name: &str| call.options.other.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let profile = option("profile");
    let config = credentials::load(profile.as_deref(), &NetworkSettings::default()).await;
    let config = config.map_err(|error| Failed::Setting(format!("{error:#}")))?;
    let region = call.options.region.clone().or_else(|| config.region().map(ToString::to_string));
    let region = region.ok_or_else(|| {
        Failed::Setting("You must specify a region: --region, AWS_REGION, or `region` in the profile.".to_owned())
    })?;
    let region: Region =
        region.parse().map_err(|_| Failed::Setting(format!("`{region}` is not the name of a Region")))?;
    let endpoint = option("endpoint-url")
        .or_else(|| endpoint_of(&call.service))
        .or_else(|| config.endpoint_url().map(str::to_owned));
    let endpoint = endpoint.map(|text| text.parse().map_err(|_| Failed::Setting(format!("`{text}` is no address"))));
    let settings = EndpointSettings {
        use_fips: config.use_fips().unwrap_or(false),
        use_dualstack: config.use_dual_stack().unwrap_or(false),
        ..EndpointSettings::default()
    };
    let timeout = match option("cli-read-timeout").and_then(|text| text.trim().parse().ok()) {
        Some(0) => NO_TIMEOUT,
        said => said.map_or(READ_TIMEOUT, Duration::from_secs),
    };
    call.in_region(region.as_str());
    let place = Place { endpoint: endpoint.transpose()?, region, settings, cbor: false, timeout: None };
    let keys = Chain::of(&config).ok_or_else(|| Failed::Setting("there are no credential providers".to_owned()))?;
    if let Err(none) = keys.find().await {
        return Err(without_keys(none, profile, &config).await);
    }
    let (network, _) = network(&NetworkSettings::default()).map_err(|error| Failed::Setting(format!("{error:#}")))?;
    let transport = Transport::over(&network, timeout);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let exchange = Exchange::new(transport, Arc::clone(pack), clock, entropy.clone());

    let service = Arc::clone(&call.service);
    let name = call.operation.clone();
    let Some(model) = service.operation(&name) else {
        return Err(Failed::Other(format!("there is no operation {name}")));
    };
    settle(&service, model, &mut call.input);
    let token = bailiwick_authority::uuid(entropy.as_ref());
    fill_idempotency_tokens(&service, model, &mut call.input, &token);
    let caller = Caller { exchange, place, keys, service: &service, model, listing: call.listing.as_ref() };
    let pages = Pages::of(&call, MAX_PAGES).map_err(|error| Failed::Command(error.to_string()))?;
    let (whole, streamed) = match pages {
        None => {
            let mut output = caller.call(&call.input).await?;
            let streamed = call.options.outfile.as_ref().and_then(|_| take_stream(&service, model, &mut output));
            let response = parsed_response(&service, model, &output);
            (Whole { pages: vec![response.clone()], response }, streamed)
        }
        Some(mut walk) => {
            let failed = |error: bailiwick_command::pages::PagesError| Failed::Other(error.to_string());
            let mut next = Some(walk.first().map_err(failed)?);
            while let Some(input) = next {
                let output = caller.call(&input).await?;
                next = walk.accept(parsed_response(&service, model, &output)).map_err(failed)?;
            }
            (walk.finish(), None)
        }
    };
    if let Some((file, bytes)) = call.options.outfile.as_ref().zip(streamed) {
        std::fs::write(file, bytes).map_err(|error| Failed::Other(format!("cannot write `{file}`: {error}")))?;
    }
    if let Some(listing) = &call.listing {
        print(listing.print(&whole.response).as_bytes())?;
        let looked_for = call.input.get("Prefix").and_then(Value::as_str).is_some_and(|prefix| !prefix.is_empty());
        return match listing.is_empty(&whole.response) && looked_for {
            true => Err(Failed::Program(String::new())),
            false => Ok(()),
        };
    }
    let format = call.options.output.or_else(default_format).unwrap_or(Format::Json);
    let text = output::render_whole(format, &name, &whole, call.options.query.as_ref());
    print(text.map_err(|error| Failed::Other(error.to_string()))?.as_bytes())
}

/// What is said where there are no keys. Source of the first two sentences: the AWS CLI.
async fn without_keys(none: NoKeys, profile: Option<String>, config: &SdkConfig) -> Failed {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let profile = profile.or_else(|| variable("AWS_PROFILE"));
    if let Some(profile) = profile
        && credentials::is_undefined(&profile, config).await
    {
        return Failed::Other(format!("The config profile ({profile}) could not be found"));
    }
    if !none.configured {
        let text = "Unable to locate credentials. You can configure credentials by running \"aws configure\".";
        return Failed::Setting(text.to_owned());
    }
    let printed = none.printed.map(|printed| format!(": {printed}")).unwrap_or_default();
    Failed::Other(format!("there are no credentials: {}{printed}", none.why))
}

/// What one command's calls have in common.
struct Caller<'a> {
    exchange: Exchange,
    place: Place,
    keys: Arc<dyn KeySource>,
    service: &'a Service,
    model: &'a Operation,
    listing: Option<&'a Listing>,
}

impl Caller<'_> {
    async fn call(&self, input: &Value) -> Result<Value, Failed> {
        let answer = self.exchange.call(&self.place, self.keys.as_ref(), self.service, self.model, input).await;
        answer.map_err(|error| match error {
            InvokeError::Fault(Fault { code, message, .. }) => {
                let name = &self.model.name;
                let text = format!("An error occurred ({code}) when calling the {name} operation: {message}");
                match self.listing.and_then(Listing::failed) {
                    Some(program) => Failed::Program(format!("{program} {text}")),
                    None => Failed::Service(text),
                }
            }
            other => Failed::Other(other.to_string()),
        })
    }
}

/// Takes the streamed body out of an answer, for the file that the command names.
fn take_stream(service: &Service, model: &Operation, output: &mut Value) -> Option<Vec<u8>> {
    let shape = service.target(model.output.as_ref()?);
    let member =
        shape.members().iter().find(|member| member.target.streaming || service.target(&member.target).streaming)?;
    match output.as_map_mut()?.shift_remove(&*member.name)? {
        Value::Blob(bytes) => Some(bytes),
        Value::String(text) => Some(text.into_bytes()),
        _ => None,
    }
}

/// `AWS_ENDPOINT_URL_SNS` and the like. Source: the AWS SDKs and Tools reference guide, "Service-specific endpoints".
fn endpoint_of(service: &Service) -> Option<String> {
    let id: String =
        service.service_id.chars().map(|c| if c == ' ' || c == '-' { '_' } else { c.to_ascii_uppercase() }).collect();
    std::env::var(format!("AWS_ENDPOINT_URL_{id}")).ok().filter(|text| !text.is_empty())
}

fn default_format() -> Option<Format> {
    std::env::var("AWS_DEFAULT_OUTPUT").ok().as_deref().and_then(Format::parse)
}

fn print(bytes: &[u8]) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|error| Failed::Other(format!("cannot write: {error}"))),
    }
}
