//! What stands between us and the endpoints: a proxy, and certificates of a private authority.
//!
//! HTTPS goes through the proxy as a tunnel, so that the proxy sees no request. Plain HTTP, which is for endpoints in one's
//! own network, and whatever somebody outside chose go direct.
//! Source of the names and of the list's form: the AWS CLI user guide, "Using an HTTP proxy for the AWS CLI".

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower::Service;

use crate::reach::Resolver;

/// The largest bundle of certificates, in bytes.
const MAX_BUNDLE_BYTES: usize = 4 << 20;

/// Why a network cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The bundle holds no certificate that can be trusted.
    #[error("the bundle of certificates cannot be used: {0}")]
    Bundle(String),
    /// The proxy is no address, or one that is not spoken to.
    #[error("`{0}` is no address of a proxy; it has the form http://[USER:PASSWORD@]HOST:PORT")]
    Proxy(String),
}

/// The way out. The default is direct, with the built-in trust roots.
#[derive(Clone, Default)]
pub struct Network {
    proxies: Option<Arc<Matcher>>,
    tls: Option<Arc<ClientConfig>>,
}

impl Network {
    /// With a proxy for HTTPS, unless the host is in `no_proxy`: names, domains that begin with a dot, addresses and networks,
    /// with commas between them, or `*` for all.
    ///
    /// # Errors
    /// [`NetworkError::Proxy`].
    pub fn through(mut self, proxy: &str, no_proxy: &str) -> Result<Network, NetworkError> {
        let with_scheme = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
        let uri: Option<Uri> = with_scheme.parse().ok();
        // A password may stand in it.
        let shown = || NetworkError::Proxy(with_scheme.rsplit('@').next().unwrap_or_default().to_owned());
        if !uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some()) {
            return Err(shown());
        }
        self.proxies = Some(Arc::new(Matcher::builder().https(with_scheme).no(no_proxy.to_owned()).build()));
        Ok(self)
    }

    /// With the certificates of a bundle in PEM form besides the built-in ones.
    ///
    /// # Errors
    /// [`NetworkError::Bundle`].
    pub fn trusting(mut self, bundle: &[u8]) -> Result<Network, NetworkError> {
        let wrong = |why: &dyn std::fmt::Display| NetworkError::Bundle(why.to_string());
        if bundle.len() > MAX_BUNDLE_BYTES {
            return Err(wrong(&"it is larger than 4 MiB"));
        }
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let built_in = roots.len();
        for certificate in CertificateDer::pem_slice_iter(bundle) {
            roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
        if roots.len() == built_in {
            return Err(wrong(&"there is no certificate in it"));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| wrong(&error))?.with_root_certificates(roots).with_no_client_auth();
        self.tls = Some(Arc::new(config));
        Ok(self)
    }

    /// The host of the proxy through which an address is reached; `None` for the direct way.
    pub fn proxy_for(&self, uri: &Uri) -> Option<String> {
        self.intercept(uri).map(|via| host(&via))
    }

    pub(crate) fn tls(&self) -> Option<ClientConfig> {
        self.tls.as_deref().cloned()
    }

    fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        self.proxies.as_ref()?.intercept(uri)
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("proxied", &self.proxies.is_some())
            .field("own_roots", &self.tls.is_some())
            .finish()
    }
}

fn host(via: &Intercept) -> String {
    via.uri().authority().map(|of| of.as_str().rsplit('@').next().unwrap_or_default().to_owned()).unwrap_or_default()
}

/// Connects direct or through the proxy.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) direct: HttpConnector<Resolver>,
    pub(crate) network: Network,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Service<Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Some(via) = self.network.intercept(&uri) else {
            let connecting = self.direct.call(uri);
            return Box::pin(async { connecting.await.map_err(Into::into) });
        };
        let mut tunnel = Tunnel::new(via.uri().clone(), self.direct.clone());
        if let Some(who) = via.basic_auth() {
            tunnel = tunnel.with_auth(who.clone());
        }
        Box::pin(async move {
            tunnel.call(uri).await.map_err(|error| {
                let mut cause: &dyn std::error::Error = &error;
                while let Some(inner) = cause.source() {
                    cause = inner;
                }
                std::io::Error::other(format!("the proxy {} gave no tunnel: {cause}", host(&via))).into()
            })
        })
    }
}
