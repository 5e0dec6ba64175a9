//! The only inbound socket: accepts connections within limits and ends them gracefully.

mod patience;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use self::patience::Patience;

/// What a listener grants to those who connect.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many connections may be open at once; more wait to be accepted.
    pub connections: usize,
    /// How long the head of a request may take to arrive.
    pub head_time: Duration,
    /// How long a peer may take nothing of an answer before the connection ends.
    pub write_time: Duration,
    /// How large the head of a request may be, in bytes.
    pub head_bytes: usize,
    /// How long open requests have to end once the server stops.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 1_024,
            head_time: Duration::from_secs(10),
            write_time: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            drain_time: Duration::from_secs(10),
        }
    }
}

/// Answers every request on `listener` until `stop` ends; then lets open requests finish, for a while.
pub async fn serve<A, F>(listener: TcpListener, answer: A, limits: Limits, stop: impl Future<Output = ()>)
where
    A: Fn(http::Request<Body>, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_bytes)
        .half_close(false)
        .keep_alive(true);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    tokio::pin!(stop);
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            () = &mut stop => break,
        };
        // The semaphore is never closed.
        let Ok(slot) = slot else { break };
        let (socket, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, or the peer is gone already: neither may end or spin the server.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let _ = socket.set_nodelay(true);
        let answer = answer.clone();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let answering = answer(request.map(Body::new), peer);
            async move { Ok::<_, std::convert::Infallible>(answering.await) }
        });
        let connection =
            graceful.watch(http.serve_connection(TokioIo::new(Patience::new(socket, limits.write_time)), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("open requests did not end in time; they are cut");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    async fn start(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = |request: http::Request<Body>, peer: SocketAddr| async move {
            match request.uri().path() {
                "/slow" => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Response::new(Body::from("done"))
                }
                "/large" => Response::new(Body::from(vec![b'x'; 32 << 20])),
                _ => Response::new(Body::from(peer.ip().to_string())),
            }
        };
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, answer, limits, async {
            let _ = stopped.await;
        }));
        (address, stop, server)
    }

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn handlers_know_who_connects() {
        let (address, _stop, _server) = start(Limits::default()).await;
        assert!(get(address, "/who").await.ends_with("127.0.0.1"));
    }

    #[tokio::test]
    async fn an_open_request_ends_before_the_server_does() {
        let (address, stop, server) = start(Limits::default()).await;
        let asked = tokio::spawn(async move { get(address, "/slow").await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.send(()).unwrap();
        assert!(asked.await.unwrap().ends_with("done"));
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_or_too_slow_ends_the_connection() {
        let limits = Limits { head_time: Duration::from_millis(100), head_bytes: 16 * 1024, ..Limits::default() };
        let (address, _stop, _server) = start(limits).await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HT").await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(2), slow.read_to_end(&mut answer)).await.unwrap().unwrap();

        let mut large = TcpStream::connect(address).await.unwrap();
        let head = format!("GET /who HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(32 * 1024));
        let _ = large.write_all(head.as_bytes()).await;
        let mut answer = String::new();
        let _ = tokio::time::timeout(Duration::from_secs(2), large.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn who_does_not_read_the_answer_gives_the_connection_back() {
        let limits = Limits { connections: 1, write_time: Duration::from_millis(100), ..Limits::default() };
        let (address, _stop, _server) = start(limits).await;
        let mut deaf = TcpStream::connect(address).await.unwrap();
        deaf.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(5), get(address, "/who")).await.unwrap();
        assert!(next.ends_with("127.0.0.1"));
        // Who reads slowly, but reads, gets all of it.
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let (mut read, mut part) = (0, vec![0; 2 << 20]);
        loop {
            match slow.read(&mut part).await.unwrap() {
                0 => break,
                bytes => read += bytes,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(read > 32 << 20, "{read}");
    }
}
