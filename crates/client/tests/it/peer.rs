//! Servers for one test: each answers what a function says, and notes what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as it was on the wire: the first line and headers in one text, and the body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// As the `http` crate has it.
    pub(crate) fn request(&self) -> http::Request<Vec<u8>> {
        let mut words = self.head.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in self.head.lines().skip(1).filter_map(|line| line.split_once(':')) {
            request = request.header(name, value.trim());
        }
        request.body(self.body.clone()).unwrap()
    }
}

/// Everything that was asked.
pub(crate) type Notes = Arc<Mutex<Vec<Asked>>>;

/// Reads one request; `None` where the other side is gone.
pub(crate) async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Asked> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let mut asked =
                Asked { head: String::from_utf8(bytes[..end].to_vec()).unwrap(), body: bytes[end + 4..].to_vec() };
            let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
            while asked.body.len() < length {
                let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
                asked.body.extend(&buffer[..count]);
            }
            return Some(asked);
        }
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend(&buffer[..count]);
    }
}

/// Answers every request on a connection.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    notes: &Notes,
    answer: impl Fn(&Asked) -> http::Response<Vec<u8>>,
) {
    while let Some(asked) = read(&mut stream).await {
        let response = answer(&asked);
        notes.lock().unwrap().push(asked);
        let mut head = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", response.status(), response.body().len());
        for (name, value) in response.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(response.body()).await.unwrap();
    }
}

/// A plain server; its address and what it is asked. Connections are counted by the second number of the address's notes.
pub(crate) async fn plain(
    answer: impl Fn(&Asked) -> http::Response<Vec<u8>> + Send + Sync + 'static,
) -> (std::net::SocketAddr, Notes) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, notes, answer) = (listener.local_addr().unwrap(), Notes::default(), Arc::new(answer));
    let told = Arc::clone(&notes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (notes, answer) = (Arc::clone(&notes), Arc::clone(&answer));
            tokio::spawn(async move { serve(stream, &notes, |asked| answer(asked)).await });
        }
    });
    (address, told)
}

/// A server with a certificate of its own authority, for `localhost` and 127.0.0.1: its address, that authority in PEM form,
/// and how many connections it took.
pub(crate) async fn secure() -> (std::net::SocketAddr, String, Arc<Mutex<usize>>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, taken) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(0)));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *taken.lock().unwrap() += 1;
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate ends the connection.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                serve(stream, &Notes::default(), |_| http::Response::new(b"secret".to_vec())).await;
            });
        }
    });
    (address, certificate.pem(), count)
}

/// A proxy that gives tunnels to whoever says `password`, and notes for what it was asked.
pub(crate) async fn proxy(password: &'static str) -> (std::net::SocketAddr, Notes) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, notes) = (listener.local_addr().unwrap(), Notes::default());
    let told = Arc::clone(&notes);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let notes = Arc::clone(&notes);
            tokio::spawn(async move {
                let Some(asked) = read(&mut stream).await else { return };
                let place = asked.head.split(' ').nth(1).unwrap().to_owned();
                let known = asked.header("proxy-authorization") == Some(password);
                notes.lock().unwrap().push(asked);
                if !known {
                    stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
                    return;
                }
                let mut there = TcpStream::connect(place).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut there).await;
            });
        }
    });
    (address, told)
}
