//! `bailiwick simulate --channel NAME --member NAME -- COMMAND`: what `@aws can` answers in that channel, in a terminal.
//! Nothing is run, and nothing is written.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bailiwick_authority::{Authority, Clock, Entropy, Ruling};
use bailiwick_aws::pack::Pack;
use bailiwick_bot::Bot;
use bailiwick_chat::plain;
use bailiwick_client::{Client, DEFAULT_TIMEOUT, Exchange, Targets, Transport};
use bailiwick_command::lex::Word;
use bailiwick_ident::Partition;
use bailiwick_services::{Services, SnsSettings, Wake};
use bailiwick_store::{SqliteStore, Store};
use serde_json::{Value, json};

use super::Format;
use crate::config::Config;
use crate::terminal;
use crate::world::{SystemClock, SystemEntropy};

/// Exits with 0 for a command that would run and 1 for one that would not.
pub(super) fn run(
    data: &Path,
    config: &Config,
    channel: &str,
    member: &str,
    command: &[String],
    format: Format,
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bot = runtime.block_on(bot(data, config))?;
    let words: Vec<Word> = command.iter().map(Word::plain).collect();
    let answer = runtime.block_on(bot.simulate(channel, member, &words))?;
    terminal::print(&match format {
        Format::Json => format!("{:#}\n", json_of(answer.allowed, answer.ruling.as_ref())),
        Format::Table => format!("{}\n", plain::card(&answer.card)),
    })?;
    Ok(if answer.allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A bot over a data folder that may be in use, with nobody to send to; its partition and what it opens are the server's.
async fn bot(data: &Path, config: &Config) -> anyhow::Result<Bot> {
    let store = Arc::new(SqliteStore::inspect(data)?);
    let shared: Arc<dyn Store> = store.clone();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let (pack, wake) = (Pack::embedded()?, Arc::new(Wake::default()));
    let authority = Authority::open(bailiwick_authority::Parts {
        store: Arc::clone(&shared),
        vault: store.vault(),
        pack: Arc::clone(&pack),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        partition: config.partition.clone().unwrap_or_else(Partition::aws),
    });
    let authority = authority.await?.with_opened(&config.channels.open_non_supported)?;
    let authority = Arc::new(authority.with_remotes(config.remotes()));
    let services = Services::new(bailiwick_services::Parts {
        authority: Arc::clone(&authority),
        store: Arc::clone(&shared),
        vault: store.vault(),
        pack: Arc::clone(&pack),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        wake: Arc::clone(&wake),
        sns: SnsSettings::default(),
    });
    let transport = Transport::new(DEFAULT_TIMEOUT);
    let exchange = Arc::new(Exchange::new(transport, Arc::clone(&pack), Arc::clone(&clock), Arc::clone(&entropy)));
    let client = Client::new(exchange, Targets::new(Vec::new()), Arc::clone(&clock));
    Ok(Bot::new(bailiwick_bot::Parts {
        store: shared,
        authority,
        services: Arc::new(services),
        client: Arc::new(client),
        pack,
        clock,
        entropy,
        wake,
        couriers: Vec::new(),
    })?)
}

/// The decision with its nine layers.
fn json_of(allowed: bool, ruling: Option<&Ruling>) -> Value {
    let Some(ruling) = ruling else { return json!({"allowed": allowed}) };
    let layers = ruling.steps.iter().map(|step| {
        json!({
            "number": step.number,
            "name": step.name,
            "state": format!("{:?}", step.state).to_lowercase(),
            "text": step.text,
            "policy": step.policy,
            "statement": step.statement,
            "value": step.value,
        })
    });
    json!({
        "allowed": allowed,
        "sentence": ruling.sentence(),
        "asked": ruling.asked(),
        "account": ruling.account.as_str(),
        "region": ruling.region.as_str(),
        "principal": ruling.principal,
        "layers": layers.collect::<Vec<_>>(),
        "can_change": ruling.can_change.iter().map(|of| json!({"role": of.role, "names": of.names})).collect::<Vec<_>>(),
        "residual": ruling.residual,
    })
}
