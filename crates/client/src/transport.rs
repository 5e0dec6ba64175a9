//! The only outbound socket: one request out, one bounded answer in.
//!
//! The URI is sent as it stands, since a client that tidies paths breaks SigV4. No redirects are followed, nothing is
//! decompressed, nothing is retried here: whoever asks knows whether a repeat is harmless.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::network::{Network, Route};
use crate::reach::{OutOfReach, Reach, Resolver};

/// How long one exchange may take, connect to last byte.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest answer that is read.
pub const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;

/// Why an exchange did not end with an answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection: the request was never sent, so trying again is harmless.
    #[error("cannot connect to {host}: {cause}")]
    Connect {
        /// The host, with its port where the URI has one.
        host: String,
        /// The system's words.
        cause: String,
    },
    /// The connection ended after the request may have been sent: nobody knows whether it was carried out.
    #[error("the connection to {host} ended before an answer came: {cause}")]
    Interrupted {
        /// The host.
        host: String,
        /// The system's words.
        cause: String,
    },
    /// The address is not one that may be reached: the request was never sent.
    #[error("{host} may not be reached from here")]
    Forbidden {
        /// The host.
        host: String,
    },
    /// No answer in time: nobody knows whether the request was carried out.
    #[error("{host} did not answer within {} s", limit.as_secs())]
    Timeout {
        /// The host.
        host: String,
        /// The limit that passed.
        limit: Duration,
    },
    /// The answer is larger than [`MAX_RESPONSE_BYTES`].
    #[error("the answer of {host} is larger than {} MiB; narrow it with --max-items or a filter", MAX_RESPONSE_BYTES >> 20)]
    TooLarge {
        /// The host.
        host: String,
    },
}

impl TransportError {
    /// Whether the request was certainly not carried out.
    pub fn not_sent(&self) -> bool {
        matches!(self, TransportError::Connect { .. } | TransportError::Forbidden { .. })
    }
}

/// A pool of connections to AWS-compatible endpoints and web hooks.
#[derive(Clone)]
pub struct Transport {
    http: HyperClient<HttpsConnector<Route>, Full<Bytes>>,
    timeout: Duration,
    reach: Reach,
    network: Network,
}

impl Transport {
    /// A pool with the built-in trust roots; `timeout` bounds each exchange.
    pub fn new(timeout: Duration) -> Self {
        Transport::reaching(timeout, Reach::Anywhere)
    }

    /// As [`Transport::new`], for addresses that somebody outside chose: only those within reach are connected to, and never
    /// through a proxy, which would resolve their names itself.
    pub fn reaching(timeout: Duration, reach: Reach) -> Self {
        Transport::made(&Network::default(), timeout, reach)
    }

    /// A pool over the network that the operator configured.
    pub fn over(network: &Network, timeout: Duration) -> Self {
        Transport::made(network, timeout, Reach::Anywhere)
    }

    fn made(network: &Network, timeout: Duration, reach: Reach) -> Self {
        let mut direct = HttpConnector::new_with_resolver(Resolver::new(reach));
        direct.enforce_http(false);
        let connector = match network.tls() {
            Some(config) => HttpsConnectorBuilder::new().with_tls_config(config),
            None => HttpsConnectorBuilder::new().with_webpki_roots(),
        };
        let route = Route { direct, network: network.clone() };
        let connector = connector.https_or_http().enable_http1().wrap_connector(route);
        Transport {
            http: HyperClient::builder(TokioExecutor::new()).build(connector),
            timeout,
            reach,
            network: network.clone(),
        }
    }

    /// How long an exchange may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The same pool with another time for each exchange.
    pub fn within(&self, timeout: Duration) -> Self {
        Transport { timeout, ..self.clone() }
    }

    /// Sends one request and reads the whole answer.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        match tokio::time::timeout(self.timeout, self.exchange(request, &host)).await {
            Ok(answer) => answer,
            Err(_) => Err(TransportError::Timeout { host, limit: self.timeout }),
        }
    }

    /// Sends one request of which only the status of the answer matters; its body is not read.
    pub async fn status(&self, request: http::Request<Vec<u8>>) -> Result<http::StatusCode, TransportError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        match tokio::time::timeout(self.timeout, self.begin(request, &host)).await {
            Ok(answer) => answer.map(|response| response.status()),
            Err(_) => Err(TransportError::Timeout { host, limit: self.timeout }),
        }
    }

    /// The head of the answer.
    async fn begin(
        &self,
        request: http::Request<Vec<u8>>,
        host: &str,
    ) -> Result<http::Response<hyper::body::Incoming>, TransportError> {
        // An address is not resolved, so that the resolver does not see it.
        let address = request.uri().host().and_then(|host| host.trim_matches(['[', ']']).parse().ok());
        if address.is_some_and(|address| !self.reach.allows(address)) {
            return Err(TransportError::Forbidden { host: host.to_owned() });
        }
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        let proxy = self.network.plainly_through(request.uri());
        if let Some((_, Some(who))) = &proxy {
            request.headers_mut().insert(http::header::PROXY_AUTHORIZATION, who.clone());
        }
        let answered = self.http.request(request).await.map_err(|error| {
            let (cause, host) = (innermost(&error), host.to_owned());
            if forbidden(&error) {
                TransportError::Forbidden { host }
            } else if error.is_connect() {
                TransportError::Connect { host, cause }
            } else {
                TransportError::Interrupted { host, cause }
            }
        })?;
        match proxy {
            // The endpoint itself never says this; the proxy did not pass the request on.
            Some((proxy, _)) if answered.status() == http::StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                let cause = format!("the proxy {proxy} wants a user and password that it knows: {}", answered.status());
                Err(TransportError::Connect { host: host.to_owned(), cause })
            }
            _ => Ok(answered),
        }
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        host: &str,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let (head, body) = self.begin(request, host).await?.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await.map_err(|error| {
            let host = host.to_owned();
            if error.is::<http_body_util::LengthLimitError>() {
                TransportError::TooLarge { host }
            } else {
                TransportError::Interrupted { host, cause: innermost(error.as_ref()) }
            }
        })?;
        Ok(http::Response::from_parts(head, body.to_bytes().to_vec()))
    }
}

/// Whether the resolver found no address that may be reached.
fn forbidden(error: &(dyn std::error::Error + 'static)) -> bool {
    let out_of_reach = |error: &(dyn std::error::Error + 'static)| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<OutOfReach>())
    };
    std::iter::successors(Some(error), |error| error.source()).any(out_of_reach)
}

/// The last cause in a chain: "connection refused" says more than "client error (Connect)".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn answer_with(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let _ = socket.read(&mut buffer).await.unwrap();
            socket.write_all(answer).await.unwrap();
        });
        format!("http://{address}/a/../b?c=%20d")
    }

    fn get(uri: &str) -> http::Request<Vec<u8>> {
        http::Request::get(uri).body(Vec::new()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_read_whole() {
        let uri = answer_with(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let response = Transport::new(DEFAULT_TIMEOUT).send(get(&uri)).await.unwrap();
        assert_eq!((response.status().as_u16(), response.body().as_slice()), (200, &b"ok"[..]));
    }

    #[tokio::test]
    async fn a_private_address_is_refused_named_or_not() {
        let transport = Transport::reaching(DEFAULT_TIMEOUT, Reach::Public);
        for uri in ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "https://10.0.0.1/"] {
            let error = transport.send(get(uri)).await.unwrap_err();
            assert!(matches!(error, TransportError::Forbidden { .. }) && error.not_sent(), "{uri} {error}");
        }
    }

    #[tokio::test]
    async fn what_was_never_sent_is_told_from_what_nobody_knows() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let unused = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert!(Transport::new(DEFAULT_TIMEOUT).send(get(&unused)).await.unwrap_err().not_sent());

        let uri = answer_with(b"").await;
        assert!(!Transport::new(DEFAULT_TIMEOUT).send(get(&uri)).await.unwrap_err().not_sent());

        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", silent.local_addr().unwrap());
        let error = Transport::new(Duration::from_millis(50)).send(get(&uri)).await.unwrap_err();
        assert!(matches!(error, TransportError::Timeout { .. }), "{error}");
    }
}
