//! Proxies, private certificates, reuse of connections, limits.

use bailiwick_client::{
    DEFAULT_TIMEOUT, MAX_RESPONSE_BYTES, Network, NetworkError, Proxies, Transport, TransportError,
};

use crate::peer;

/// `user:word` in the form of the header.
const BASIC: &str = "Basic dXNlcjp3b3Jk";

fn https<'a>(proxy: &'a str, except: &'a str) -> Proxies<'a> {
    Proxies { https: Some(proxy), http: None, except }
}

fn get(uri: &str) -> http::Request<Vec<u8>> {
    http::Request::get(uri).body(Vec::new()).unwrap()
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_its_bundle_is_given() {
    let (address, bundle, taken) = peer::secure().await;
    let uri = format!("https://localhost:{}/", address.port());
    let error = Transport::new(DEFAULT_TIMEOUT).send(get(&uri)).await.unwrap_err();
    assert!(error.not_sent() && error.to_string().contains("certificate"), "{error}");

    *taken.lock().unwrap() = 0;
    let network = Network::default().trusting(bundle.as_bytes()).unwrap();
    let transport = Transport::over(&network, DEFAULT_TIMEOUT);
    for _ in 0..3 {
        assert_eq!(transport.send(get(&uri)).await.unwrap().body(), b"secret");
    }
    assert_eq!(*taken.lock().unwrap(), 1, "one connection serves all three");
}

#[tokio::test]
async fn https_goes_through_the_proxy_unless_the_host_is_excepted() {
    let (address, bundle, _) = peer::secure().await;
    let (proxy, asked) = peer::proxy(BASIC).await;
    let uri = format!("https://localhost:{}/", address.port());
    let trusting = || Network::default().trusting(bundle.as_bytes()).unwrap();

    let network = trusting().through(https(&format!("http://user:word@{proxy}"), "example.com,10.0.0.0/8")).unwrap();
    let response = Transport::over(&network, DEFAULT_TIMEOUT).send(get(&uri)).await.unwrap();
    assert_eq!(response.body(), b"secret");
    let first = asked.lock().unwrap()[0].clone();
    assert!(first.head.starts_with(&format!("CONNECT localhost:{} HTTP/1.1", address.port())), "{}", first.head);
    assert!(!first.head.contains("secret") && !format!("{network:?}").contains("word"));

    // The wrong password: nothing was sent, and the error does not say the password.
    let network = trusting().through(https(&format!("http://user:other@{proxy}"), "")).unwrap();
    let error = Transport::over(&network, DEFAULT_TIMEOUT).send(get(&uri)).await.unwrap_err();
    assert!(error.not_sent() && error.to_string().contains("gave no tunnel"), "{error}");
    assert!(!error.to_string().contains("other"), "{error}");

    let before = asked.lock().unwrap().len();
    for except in ["localhost", "*", ".example.com,localhost"] {
        let network = trusting().through(https(&format!("user:word@{proxy}"), except)).unwrap();
        assert_eq!(network.proxy_for(&uri.parse().unwrap()), None, "{except}");
        Transport::over(&network, DEFAULT_TIMEOUT).send(get(&uri)).await.unwrap();
    }
    assert_eq!(asked.lock().unwrap().len(), before, "the proxy was not asked");
}

#[tokio::test]
async fn plain_http_goes_through_a_proxy_of_its_own() {
    // The proxy knows the endpoint's name; this machine does not.
    let (proxy, asked) = peer::plain(|asked| match asked.header("proxy-authorization") == Some(BASIC) {
        true => http::Response::new(b"by proxy".to_vec()),
        false => http::Response::builder().status(407).body(b"who are you".to_vec()).unwrap(),
    })
    .await;
    let through = |proxy: &str| {
        let proxies = Proxies { http: Some(proxy), except: "endpoint.test:5001", https: None };
        Transport::over(&Network::default().through(proxies).unwrap(), DEFAULT_TIMEOUT)
    };
    let transport = through(&format!("http://user:word@{proxy}"));
    for _ in 0..2 {
        let response = transport.send(get("http://endpoint.test:5000/a/../b?c=%20d")).await.unwrap();
        assert_eq!(response.body(), b"by proxy");
    }
    let first = asked.lock().unwrap()[0].clone();
    assert!(first.head.starts_with("GET http://endpoint.test:5000/a/../b?c=%20d HTTP/1.1\r\n"), "{}", first.head);
    assert_eq!(first.header("host"), Some("endpoint.test:5000"));

    // A port that is excepted goes direct, and there is no such host.
    let error = transport.send(get("http://endpoint.test:5001/")).await.unwrap_err();
    assert!(error.not_sent() && !error.to_string().contains("proxy"), "{error}");

    // The wrong password: nothing reached the endpoint.
    let error = through(&format!("http://user:other@{proxy}")).send(get("http://endpoint.test/")).await.unwrap_err();
    assert!(error.not_sent() && error.to_string().contains("407") && !error.to_string().contains("other"), "{error}");

    let error = through("http://127.0.0.1:9").send(get("http://endpoint.test/")).await.unwrap_err();
    assert!(error.not_sent() && error.to_string().contains("the proxy 127.0.0.1:9 cannot be reached"), "{error}");
}

#[tokio::test]
async fn the_proxy_for_https_is_none_for_plain_http() {
    let (address, notes) = peer::plain(|_| http::Response::new(b"here".to_vec())).await;
    let network = Network::default().through(https("http://127.0.0.1:9", "")).unwrap();
    let transport = Transport::over(&network, DEFAULT_TIMEOUT);
    assert_eq!(transport.send(get(&format!("http://{address}/"))).await.unwrap().body(), b"here");
    assert_eq!(notes.lock().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_used_is_refused_without_saying_secrets() {
    for proxy in ["", "socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://user:word@[", "http://"] {
        for proxies in [https(proxy, ""), Proxies { http: Some(proxy), ..Proxies::default() }] {
            let error = Network::default().through(proxies).unwrap_err();
            assert!(matches!(error, NetworkError::Proxy(_)) && !error.to_string().contains("word"), "{proxy}: {error}");
        }
    }
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for bundle in ["", "no certificate", broken] {
        assert!(matches!(Network::default().trusting(bundle.as_bytes()), Err(NetworkError::Bundle(_))), "{bundle}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_cut_off() {
    let (address, _) = peer::plain(|_| http::Response::new(vec![b'a'; MAX_RESPONSE_BYTES + 1])).await;
    let error = Transport::new(DEFAULT_TIMEOUT).send(get(&format!("http://{address}/"))).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge { .. }), "{error}");
}
