//! One Bailiwick: store, authority, services and workers, hung from one value.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_authority::{Authority, Clock, Enforcement, Entropy};
use bailiwick_aws::pack::Pack;
use bailiwick_bot::{Bot, TeamsDoor};
use bailiwick_chat::Platform;
use bailiwick_client::{
    ChimeWebhooks, Client, Courier, DEFAULT_TIMEOUT, Deliverer, DelivererParts, Deliveries, Documents, Exchange,
    Poster, PosterParts, Posts, Reach, SocketMode, Transport,
};
use bailiwick_ident::Partition;
use bailiwick_server::Api;
use bailiwick_services::{Fetch, Fetching, Services, SnsSettings, Wake};
use bailiwick_store::vault::MasterKey;
use bailiwick_store::{Settings, SqliteStore, Store};

use crate::accounts;
use crate::config::{Config, Outbound};
use crate::deliveries::{Sealing, Waiting};
use crate::network::network;
use crate::pages::{Pages, Platforms};
use crate::slack::{DoorParts, SlackApp, SlackParts};
use crate::sync::{Mirrors, MirrorsParts, Syncing};
use crate::teams::TeamsBot;
use crate::world::{SystemClock, SystemEntropy};
use tokio_util::sync::CancellationToken;

/// Where an instance keeps what it must not lose.
pub(crate) enum Home {
    /// In a folder.
    Folder(PathBuf),
    /// In memory, a copy of an image.
    Image(Vec<u8>, MasterKey),
    /// In memory, gone when it stops.
    Memory(MasterKey),
}

/// What works in the background.
pub(crate) struct Workers {
    bot: bailiwick_bot::Workers,
    deliveries: Deliveries,
    posts: Posts,
    socket: Option<SocketMode>,
    syncing: Syncing,
}

impl Workers {
    /// Tells them to end, without waiting for them.
    pub(crate) fn cancel(&self) {
        self.bot.cancel();
        self.deliveries.cancel();
        self.posts.cancel();
        if let Some(socket) = &self.socket {
            socket.cancel();
        }
        self.syncing.cancel();
    }

    /// Tells them to end, and that nothing of what they do is of use any more.
    pub(crate) fn abandon(&self) {
        self.cancel();
        self.deliveries.abandon();
    }

    /// Lets work that was begun end, for a while.
    pub(crate) async fn stop(self) {
        // Nothing new comes in while the rest ends.
        if let Some(socket) = self.socket {
            socket.stop().await;
        }
        tokio::join!(self.bot.stop(), self.deliveries.stop(), self.posts.stop(), self.syncing.stop());
    }
}

/// Everything that serves.
pub(crate) struct Instance {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) pack: Arc<Pack>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) services: Arc<Services>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) partition: Partition,
    wake: Arc<Wake>,
    outbound: Arc<Wake>,
    at_rest: Arc<Wake>,
    client: Arc<Client>,
    private_targets: bool,
    bot: Arc<Bot>,
    teams: Option<TeamsBot>,
    webhook_urls: Vec<String>,
    transport: Transport,
    slack: Option<SlackApp>,
    slack_door: Option<Arc<bailiwick_server::Slack>>,
    pub(crate) sync: Arc<Mirrors>,
    stop: CancellationToken,
    platforms: Arc<Platforms>,
}

impl Instance {
    /// Opens the store and what stands on it. `endpoint` is the address that this server listens on.
    pub(crate) async fn open(
        home: Home,
        config: &Config,
        pack: Arc<Pack>,
        partition: &Partition,
        enforcement: Enforcement,
        endpoint: &str,
    ) -> anyhow::Result<Instance> {
        let settings = Settings::default();
        let store = match home {
            Home::Folder(folder) => SqliteStore::open(&folder, &settings)?,
            Home::Image(image, key) => SqliteStore::ephemeral_from(&image, key, &settings)?,
            Home::Memory(key) => SqliteStore::ephemeral(key, &settings)?,
        };
        let store = Arc::new(store);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let partition = partition.clone();
        let wake = Arc::new(Wake::default());
        let dyn_store: Arc<dyn Store> = store.clone();
        let authority = Authority::open(bailiwick_authority::Parts {
            store: Arc::clone(&dyn_store),
            vault: store.vault(),
            pack: Arc::clone(&pack),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            partition: partition.clone(),
        });
        let opened = &config.channels.open_non_supported;
        for operation in opened {
            tracing::warn!(
                operation,
                "channels may run a non-supported operation: this server's configuration opens it"
            );
        }
        let authority = authority.await?.with_enforcement(enforcement).with_opened(opened)?;
        let authority = authority.with_remotes(config.remotes());
        let authority = Arc::new(authority);
        let (network, timeout) = network(&config.network)?;
        let transport = Transport::over(&network, timeout);
        let exchange = Exchange::new(transport.clone(), Arc::clone(&pack), Arc::clone(&clock), Arc::clone(&entropy));
        let exchange = Arc::new(exchange);
        let targets = accounts::targets(config, &exchange).await?;
        let sync = Mirrors::new(
            MirrorsParts {
                store: Arc::clone(&dyn_store),
                authority: Arc::clone(&authority),
                pack: Arc::clone(&pack),
                clock: Arc::clone(&clock),
                entropy: Arc::clone(&entropy),
                exchange: Arc::clone(&exchange),
                partition: partition.clone(),
            },
            config,
        );
        let sync = Arc::new(sync.await?);
        let (outbound, at_rest) = (Arc::new(Wake::default()), Arc::new(Wake::default()));
        let reached = targets.clone();
        let sns = SnsSettings {
            base_url: config.sns.endpoint_url.as_deref().unwrap_or(endpoint).trim_end_matches('/').to_owned(),
            // Where a role is assumed for each call, there is none for a delivery.
            reaches: Arc::new(move |account, service| {
                reached.find(account, service).is_some_and(|target| !target.assume_roles)
            }),
            outbound: Arc::clone(&outbound),
            at_rest: Arc::clone(&at_rest),
        };
        let services = Services::new(bailiwick_services::Parts {
            authority: Arc::clone(&authority),
            store: Arc::clone(&dyn_store),
            vault: store.vault(),
            pack: Arc::clone(&pack),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            wake: Arc::clone(&wake),
            sns,
        });
        let reach = if config.outbound.loopback { Reach::PublicAndLoopback } else { Reach::Public };
        let services = services
            .with_fetch(Arc::new(Fetcher { documents: Documents::new(reach), outbound: config.outbound.clone() }));
        let services = services.with_encoded_denials(config.encoded_denials);
        let services = Arc::new(services.with_settings(config.settings));
        let client = Client::new(exchange, targets, Arc::clone(&clock));
        let client = match config.network.timeout_seconds {
            Some(_) => client,
            None => client.with_patience(bailiwick_bot::PATIENCE),
        };
        let client = Arc::new(client);
        let teams =
            config.teams.as_ref().map(|teams| teams.bot(&transport, Arc::clone(&dyn_store), Arc::clone(&clock)));
        let teams = teams.transpose()?;
        let slack_parts = || SlackParts {
            authority: &authority,
            store: Arc::clone(&dyn_store),
            vault: store.vault(),
            clock: &clock,
            endpoint,
        };
        let slack = config.slack.as_ref().map(|slack| slack.app(slack_parts())).transpose()?;
        let couriers = slack.iter().map(|slack| Arc::clone(&slack.courier) as Arc<dyn Courier>);
        let couriers =
            couriers.chain(teams.iter().map(|teams| Arc::clone(&teams.connector) as Arc<dyn Courier>)).collect();
        let bot = Bot::new(bailiwick_bot::Parts {
            store: dyn_store,
            authority: Arc::clone(&authority),
            services: Arc::clone(&services),
            client: Arc::clone(&client),
            pack: Arc::clone(&pack),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            wake: Arc::clone(&wake),
            couriers,
        })?;
        let platforms = Platforms {
            slack: slack.as_ref().and_then(|slack| slack.sign_in(&transport, &clock)),
            entra: teams.as_ref().map(|teams| teams.sign_in(&transport, &clock, endpoint)),
        };
        let bot = bot.proving(
            slack
                .iter()
                .filter(|_| platforms.slack.is_some())
                .map(|slack| (Platform::Slack, slack.base_url().to_owned()))
                .chain(teams.iter().map(|teams| (Platform::Teams, teams.base_url(endpoint))))
                .collect(),
        );
        let bot = bot.keeping(config.channels.keep_answers_days.map_or(bailiwick_bot::KEEP_DAYS, NonZeroU16::get));
        let (bot, stop) = (Arc::new(bot), CancellationToken::new());
        let slack_door = slack.as_ref().map(|slack| {
            slack.door(DoorParts {
                bot: Arc::clone(&bot),
                services: Arc::clone(&services),
                vault: store.vault(),
                clock: Arc::clone(&clock),
                entropy: Arc::clone(&entropy),
                partition: partition.clone(),
            })
        });
        let private_targets = config.sns.allow_private_targets;
        Ok(Instance {
            store,
            pack,
            authority,
            services,
            clock,
            entropy,
            partition,
            wake,
            outbound,
            at_rest,
            client,
            private_targets,
            bot,
            teams,
            webhook_urls: config.chime.webhook_urls.clone(),
            transport,
            slack,
            slack_door,
            sync,
            stop,
            platforms: Arc::new(platforms),
        })
    }

    /// The API.
    pub(crate) fn api(&self) -> Api {
        Api {
            pack: Arc::clone(&self.pack),
            authority: Arc::clone(&self.authority),
            services: Arc::clone(&self.services),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            partition: self.partition.clone(),
        }
    }

    /// Starts the workers.
    pub(crate) fn start(&self) -> Workers {
        let transport = match self.private_targets {
            true => Transport::new(DEFAULT_TIMEOUT),
            false => Transport::reaching(DEFAULT_TIMEOUT, Reach::Public),
        };
        let at_rest = Arc::clone(&self.at_rest);
        let deliverer = Deliverer::new(DelivererParts {
            store: self.store.clone(),
            vault: self.store.vault(),
            clock: Arc::clone(&self.clock),
            client: Arc::clone(&self.client),
            transport,
            seals: Arc::new(Sealing(self.services.signer())),
            at_rest: Box::new(move || at_rest.signal()),
            partition: self.partition.clone(),
        });
        let deliveries = deliverer.start(Box::new(Waiting(self.outbound.waiter())));
        let webhooks = ChimeWebhooks::new(
            Arc::clone(&self.authority),
            self.store.vault(),
            // The operator listed what may be reached.
            self.transport.clone(),
            &self.webhook_urls,
        );
        let teams = self.teams.iter().map(|teams| Arc::clone(&teams.connector) as Arc<dyn Courier>);
        let slack = self.slack.iter().map(|slack| Arc::clone(&slack.courier) as Arc<dyn Courier>);
        let couriers = teams.chain(slack);
        let poster = Poster::new(PosterParts {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            couriers: couriers.chain([Arc::new(webhooks) as Arc<dyn Courier>]).collect(),
        });
        let posts = poster.start();
        let socket = self.slack.as_ref().zip(self.slack_door.as_ref()).and_then(|(slack, door)| slack.connect(door));
        let syncing = Arc::clone(&self.sync).start(self.folder().map(Path::to_path_buf));
        Workers { bot: self.bot.start(), deliveries, posts, socket, syncing }
    }

    /// Ends live pages, which would otherwise never end by themselves.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// The pages.
    pub(crate) fn console(&self) -> bailiwick_server::Router {
        let pages = Pages {
            store: self.store.clone(),
            vault: self.store.vault(),
            audit_key: self.store.audit_public_key(),
            authority: Arc::clone(&self.authority),
            bot: Arc::clone(&self.bot),
            pack: Arc::clone(&self.pack),
            services: Arc::clone(&self.services),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            wake: Arc::clone(&self.wake),
            partition: self.partition.clone(),
            stop: self.stop.clone(),
            platforms: Arc::clone(&self.platforms),
        };
        pages.router()
    }

    /// What chat platforms call.
    pub(crate) fn chat(&self) -> bailiwick_server::Router {
        let router = bailiwick_server::webhooks(Arc::clone(&self.services));
        match &self.teams {
            None => router,
            Some(TeamsBot { app, connector, .. }) => {
                let door = TeamsDoor::new(Arc::clone(&self.bot), Arc::clone(connector), Arc::clone(app));
                router.merge(bailiwick_server::teams(Arc::new(door)))
            }
        }
    }

    /// What takes Slack's requests.
    pub(crate) fn slack_door(&self) -> Option<Arc<bailiwick_server::Slack>> {
        self.slack_door.clone()
    }

    /// The address of a page that begins an installation in a Slack workspace; none where that is not configured.
    pub(crate) fn slack_install_link(&self) -> Option<String> {
        self.slack.as_ref()?.install_link(&self.store.vault(), self.clock.as_ref())
    }

    /// The data folder, when there is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.store.folder()
    }
}

/// Fetches what identity providers publish.
struct Fetcher {
    documents: Documents,
    outbound: Outbound,
}

impl Fetch for Fetcher {
    fn get<'a>(&'a self, url: &'a str) -> Fetching<'a> {
        Box::pin(async move { self.documents.get(&self.outbound.address(url)).await })
    }
}
