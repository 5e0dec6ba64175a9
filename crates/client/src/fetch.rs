//! Documents of identity providers, by their addresses.

use std::net::IpAddr;
use std::time::Duration;

use crate::{Reach, Transport};

/// The largest document that is taken, in bytes.
const MAX_BYTES: usize = 512 * 1024;
/// How long one fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches documents over HTTPS, from public addresses. Plain HTTP is for this machine only, where it may be reached.
#[derive(Clone)]
pub struct Documents {
    transport: Transport,
    reach: Reach,
}

impl Documents {
    /// A fetcher that reaches no further than this.
    pub fn new(reach: Reach) -> Self {
        Documents { transport: Transport::reaching(TIMEOUT, reach), reach }
    }

    /// A fetcher of addresses that the operator chose, over the network that the operator configured.
    pub fn over(transport: &Transport) -> Self {
        Documents { transport: transport.within(TIMEOUT), reach: Reach::Anywhere }
    }

    /// The body of the answer with status 200.
    ///
    /// # Errors
    /// A sentence for the log: no such address, one that may not be reached, no answer, another status, or too large.
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let uri: http::Uri = url.parse().map_err(|_| "the address cannot be read".to_owned())?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if here && self.reach.allows(IpAddr::from([127, 0, 0, 1])) => {}
            _ => return Err(format!("`{host}` is asked over HTTPS only")),
        }
        let request = http::Request::get(uri).header("accept", "application/json").body(Vec::new());
        let request = request.map_err(|error| error.to_string())?;
        let response = self.transport.send(request).await.map_err(|error| error.to_string())?;
        if response.status() != http::StatusCode::OK {
            return Err(format!("{host} answered with status {}", response.status().as_u16()));
        }
        let body = response.into_body();
        if body.len() > MAX_BYTES {
            return Err(format!("the document of {host} is larger than {MAX_BYTES} bytes"));
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn this_machine_is_asked_only_where_it_may_be() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let _ = socket.read(&mut buffer).await.unwrap();
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        });
        let url = format!("http://{address}/keys");
        assert!(Documents::new(Reach::Public).get(&url).await.unwrap_err().contains("HTTPS only"));
        let secure = format!("https://{address}/keys");
        assert!(Documents::new(Reach::Public).get(&secure).await.unwrap_err().contains("may not be reached"));
        assert_eq!(Documents::new(Reach::PublicAndLoopback).get(&url).await.unwrap(), b"{}");
        for bad in ["", "ftp://example.com/", "http://example.com/", "http://10.0.0.1/", "file:///etc/passwd"] {
            assert!(Documents::new(Reach::PublicAndLoopback).get(bad).await.is_err(), "{bad}");
        }
    }
}
