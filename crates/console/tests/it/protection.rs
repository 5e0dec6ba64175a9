use crate::browser::Browser;
use crate::memory::Memory;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;

const FORM: &str = "form_token=form-token-1&once=0&text=hi";

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let browser = Browser::signed_in(Memory::new()).await;
    for path in
        ["/console/rooms", "/console/rooms/ops", "/console/nowhere", "/console/assets/console.js", "/console/sign-in"]
    {
        let headers = browser.get(path).await.headers;
        let policy = headers.get("content-security-policy").unwrap().to_str().unwrap();
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "same-origin");
    }
    assert_eq!(browser.get("/console/rooms").await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let browser = Browser::signed_in(Memory::new()).await;
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:7878")],
        [("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:9999")],
        [("x-nothing", "x"), ("origin", "http://evil.example")],
    ] {
        let page = browser.post_with("/console/rooms/ops/messages", &headers, FORM).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let ours = [("sec-fetch-site", "same-origin")];
    for token in ["form_token=guess", "form_token="] {
        for (path, rest) in [("messages", "&once=0&text=hi"), ("presses", "&message=m1&button=run&target=c")] {
            let page = browser.post_with(&format!("/console/rooms/ops/{path}"), &ours, &format!("{token}{rest}")).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN);
        }
        let page = browser.post_with("/console/sign-out", &ours, token).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    browser.get("/console/rooms/ops").await.has("Nothing has been said here yet");
    assert!(browser.memory.presses().is_empty());
}

#[tokio::test]
async fn a_form_without_a_session_changes_nothing() {
    let mut browser = Browser::signed_in(Memory::new()).await;
    let cookie = browser.cookie.take();
    let page = browser.post_with("/console/rooms/ops/messages", &[("sec-fetch-site", "same-origin")], FORM).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    browser.cookie = cookie;
    browser.get("/console/rooms/ops").await.has("Nothing has been said here yet");
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_there() {
    let browser = Browser::signed_in(Memory::new()).await;
    let out = browser.post("/console/sign-out", "").await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/console"));
    assert!(out.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    // The old cookie opens nothing any more.
    assert_eq!(browser.get("/console/rooms").await.status, StatusCode::UNAUTHORIZED);
}
