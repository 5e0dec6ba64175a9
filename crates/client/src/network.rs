//! What stands between us and the endpoints: a proxy, and certificates of a private authority.
//!
//! HTTPS goes through its proxy as a tunnel, so that the proxy sees no request. Plain HTTP goes to its own proxy as requests that
//! name the whole address. Whatever somebody outside chose goes direct.
//! Source of the names and of the list's form: the AWS CLI user guide, "Using an HTTP proxy for the AWS CLI".

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
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

/// The proxies on the way, each of the form `http://[USER:PASSWORD@]HOST:PORT`, the scheme left out or not.
#[derive(Clone, Copy, Default)]
pub struct Proxies<'a> {
    /// The one for HTTPS.
    pub https: Option<&'a str>,
    /// The one for plain HTTP.
    pub http: Option<&'a str>,
    /// What is reached without them, with commas in between: names and domains, which stand for what is below them, too,
    /// addresses, networks such as `10.0.0.0/8`, each name or address with a port or for all ports; `*` for everything.
    pub except: &'a str,
}

/// The way out. The default is direct, with the built-in trust roots.
#[derive(Clone, Default)]
pub struct Network {
    proxies: Option<Arc<Way>>,
    tls: Option<Arc<ClientConfig>>,
}

impl Network {
    /// With proxies.
    ///
    /// # Errors
    /// [`NetworkError::Proxy`].
    pub fn through(mut self, proxies: Proxies<'_>) -> Result<Network, NetworkError> {
        let (with_port, others): (Vec<_>, Vec<_>) =
            proxies.except.split(',').map(str::trim).partition(|entry| HostAndPort::read(entry).is_some());
        let mut matcher = Matcher::builder().no(others.join(","));
        if let Some(proxy) = proxies.https {
            matcher = matcher.https(address(proxy)?);
        }
        if let Some(proxy) = proxies.http {
            matcher = matcher.http(address(proxy)?);
        }
        let except = with_port.into_iter().filter_map(HostAndPort::read).collect();
        self.proxies = Some(Arc::new(Way { matcher: matcher.build(), except }));
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

    /// What a proxy for plain HTTP wants to read in each request, and its host; `None` where there is none on the way.
    pub(crate) fn plainly_through(&self, uri: &Uri) -> Option<(String, Option<HeaderValue>)> {
        let via = self.intercept(uri).filter(|_| is_plain(uri))?;
        Some((host(&via), via.basic_auth().cloned()))
    }

    fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        let way = self.proxies.as_ref()?;
        let excepted = way.except.iter().any(|except| except.holds(uri));
        way.matcher.intercept(uri).filter(|_| !excepted)
    }
}

/// The address of a proxy, with its scheme.
fn address(proxy: &str) -> Result<String, NetworkError> {
    let with_scheme = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let uri: Option<Uri> = with_scheme.parse().ok();
    if uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some()) {
        return Ok(with_scheme);
    }
    // A password may stand in it.
    Err(NetworkError::Proxy(with_scheme.rsplit('@').next().unwrap_or_default().to_owned()))
}

fn is_plain(uri: &Uri) -> bool {
    uri.scheme_str() == Some("http")
}

/// Proxies, and what is reached without them.
struct Way {
    matcher: Matcher,
    /// The exceptions that name a port, which the matcher does not know.
    except: Vec<HostAndPort>,
}

/// An exception of one port.
#[derive(Debug, PartialEq, Eq)]
struct HostAndPort {
    host: String,
    port: u16,
}

impl HostAndPort {
    /// `host:port` or `[address]:port`; `None` for an entry without a port, such as an address of IPv6.
    fn read(entry: &str) -> Option<HostAndPort> {
        let (host, port) = entry.rsplit_once(':')?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.or((!host.contains(':')).then_some(host))?;
        let host = host.trim_start_matches('.').to_ascii_lowercase();
        Some(HostAndPort { host, port: port.parse().ok()? }).filter(|known| !known.host.is_empty())
    }

    fn holds(&self, uri: &Uri) -> bool {
        let usual = if is_plain(uri) { 80 } else { 443 };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        let below = host.strip_suffix(&self.host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        below && uri.port_u16().unwrap_or(usual) == self.port
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

/// A connection that knows whether it leads to a proxy that wants whole addresses.
pub(crate) struct Stream {
    tcp: TokioIo<TcpStream>,
    proxied: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.tcp.connected().proxy(self.proxied)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<Result<(), std::io::Error>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize, std::io::Error>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize, std::io::Error>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }
}

/// Connects direct or through the proxy.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) direct: HttpConnector<Resolver>,
    pub(crate) network: Network,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Some(via) = self.network.intercept(&uri) else {
            let connecting = self.direct.call(uri);
            return Box::pin(async { Ok(Stream { tcp: connecting.await?, proxied: false }) });
        };
        let proxy = host(&via);
        let of_proxy = move |what: &str, error: &dyn std::error::Error| -> Cause {
            std::io::Error::other(format!("the proxy {proxy} {what}: {}", innermost(error))).into()
        };
        if is_plain(&uri) {
            let connecting = self.direct.call(via.uri().clone());
            return Box::pin(async move {
                let tcp = connecting.await.map_err(|error| of_proxy("cannot be reached", &error))?;
                Ok(Stream { tcp, proxied: true })
            });
        }
        let mut tunnel = Tunnel::new(via.uri().clone(), self.direct.clone());
        if let Some(who) = via.basic_auth() {
            tunnel = tunnel.with_auth(who.clone());
        }
        Box::pin(async move {
            let tcp = tunnel.call(uri).await.map_err(|error| of_proxy("gave no tunnel", &error))?;
            Ok(Stream { tcp, proxied: false })
        })
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_hosts_domains_addresses_networks_and_ports() {
        let through = |uri: &str, except: &str| {
            let proxies = Proxies { https: Some("p:1"), http: Some("http://p:2"), except };
            Network::default().through(proxies).unwrap().proxy_for(&uri.parse().unwrap())
        };
        assert_eq!(through("https://sts.amazonaws.com/", "").as_deref(), Some("p:1"));
        assert_eq!(through("http://moto.internal:5000/", "").as_deref(), Some("p:2"));
        for (uri, except) in [
            ("http://a.example.com/", "example.com"),
            ("https://a.example.com/", "other.org, .example.com"),
            ("https://example.com/", ".example.com"),
            ("https://EXAMPLE.com/", "example.com"),
            ("http://10.1.2.3:9000/", "10.0.0.0/8"),
            ("http://10.1.2.3/", "10.1.2.3"),
            ("http://[fd00::1]:80/", "fd00::/8"),
            ("http://[fd00::1]/", "fd00::1"),
            ("http://a.example.com:8080/", "example.com:8080"),
            ("https://example.com/", "example.com:443"),
            ("http://example.com/", "example.com:80"),
            ("http://[::1]:9000/", "[::1]:9000"),
            ("http://127.0.0.1:9000/", "127.0.0.1:9000"),
            ("http://anything/", "*"),
        ] {
            assert_eq!(through(uri, except), None, "{uri} {except}");
        }
        for (uri, except) in [
            ("http://notexample.com/", "example.com"),
            ("http://example.com.evil.org/", "example.com"),
            ("http://11.1.2.3/", "10.0.0.0/8"),
            ("http://example.com:8080/", "example.com:9090"),
            ("https://example.com/", "example.com:80"),
            ("http://notexample.com:8080/", "example.com:8080"),
            ("http://[::1]:9001/", "[::1]:9000"),
            ("http://example.com/", ":80"),
        ] {
            assert!(through(uri, except).is_some(), "{uri} {except}");
        }
    }
}
