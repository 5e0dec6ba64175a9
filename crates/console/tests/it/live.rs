use crate::browser::Browser;
use crate::memory::Memory;
use axum::body::Body;
use axum::http::StatusCode;
use bailiwick_chat::{Body as Said, Card};
use http_body_util::BodyExt;
use std::time::Duration;
use tower::ServiceExt;

/// Opens the stream and reads until `enough` holds of what arrived.
async fn read(browser: &Browser, path: &str, headers: &[(&str, &str)], enough: impl Fn(&str) -> bool) -> String {
    let request = browser.request("GET", path, headers).body(Body::empty()).unwrap();
    let response = browser.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let mut text = String::new();
    let reading = async {
        while !enough(&text) {
            let Some(frame) = body.frame().await else { break };
            if let Ok(data) = frame.unwrap().into_data() {
                text.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the stream says what is expected");
    text
}

#[tokio::test]
async fn a_stream_tells_what_was_posted_since() {
    let browser = Browser::signed_in(Memory::with_a_morning()).await;
    let text = read(&browser, "/console/rooms/ops/events?after=15", &[], |text| text.contains("id: 17")).await;
    assert!(
        text.starts_with("event: posted\nid: 16\ndata: <ol hx-swap-oob=\"beforeend\" id=\"conversation\">"),
        "{text}"
    );
    assert!(text.contains("id=\"t-m16\"") && text.contains("This cannot be undone"), "{text}");
    assert!(!text.contains("id: 15"));
    // A browser that was cut off says what it saw last; that wins over the address.
    let text =
        read(&browser, "/console/rooms/ops/events?after=0", &[("last-event-id", "16")], |t| t.contains("id: 17")).await;
    assert!(!text.contains("id: 16"), "{text}");
}

#[tokio::test]
async fn a_message_that_comes_later_arrives_and_a_change_replaces_it() {
    let browser = Browser::signed_in(Memory::new()).await;
    let posting = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        browser.post("/console/rooms/ops/messages", "once=0&text=hello%0D%0Athere").await;
        let card = Card::titled("changed").text("line one\r\nline two");
        browser.memory.edit("ops", "m1", Said::from(card));
    };
    let reading =
        read(&browser, "/console/rooms/ops/events", &[], |text| text.contains("id: 2\n") && text.ends_with("\n\n"));
    let ((), text) = tokio::join!(posting, reading);
    assert!(text.contains("hello\ndata: there"), "{text}");
    let edited = text.split("event: edited").nth(1).unwrap();
    assert!(edited.contains("id=\"a-m1\" data-message=\"m1\" hx-swap-oob=\"true\""), "{edited}");
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let browser = Browser::signed_in(Memory::new()).await;
    let leaving = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        browser.post("/console/sign-out", "").await;
    };
    let reading = read(&browser, "/console/rooms/ops/events", &[], |_| false);
    let ((), text) = tokio::join!(leaving, reading);
    assert!(text.contains("event: ended\ndata: you are not signed in"), "{text}");
}

#[tokio::test]
async fn a_stream_of_a_room_one_is_not_in_does_not_begin() {
    let browser = Browser::signed_in(Memory::new()).await;
    assert_eq!(browser.get("/console/rooms/nowhere/events").await.status, StatusCode::NOT_FOUND);
}
