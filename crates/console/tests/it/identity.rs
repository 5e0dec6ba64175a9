//! The way from a link in chat to a proof and a role.

use crate::browser::Browser;
use crate::memory::Memory;
use axum::http::StatusCode;

const LINK: &str = "/console/identity?link=l-1";
const BACK: &str = "/console/identity/slack?code=c-1&state=l-1.s-1";

#[tokio::test]
async fn a_member_is_proved_and_chooses() {
    let browser = Browser::signed_in(Memory::new()).await;
    let page = browser.get(LINK).await;
    page.has("Prove who you are in Slack");
    page.has("dana &#60;x&#62;");
    page.has("href=\"/console/identity/sign-in?link=l-1\"");
    page.has_not("Choose this role");
    let begun = browser.get("/console/identity/sign-in?link=l-1").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER);
    assert_eq!(begun.location(), "https://platform.example.com/authorize?state=l-1.s-1");
    let back = browser.get(BACK).await;
    assert_eq!((back.status, back.location()), (StatusCode::SEE_OTHER, LINK));
    browser.get(LINK).await.has("Choose this role");
    let refused = browser.post("/console/identity", "link=l-1&role=arn:other").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.has("you may not pass that role");
    refused.has("Choose this role");
    let done = browser.post("/console/identity", "link=l-1&role=arn:r").await;
    assert_eq!(done.status, StatusCode::OK);
    done.has("In ops, dana acts with ops from now on.");
}

#[tokio::test]
async fn whoever_comes_from_elsewhere_is_led_on_once() {
    // The session's cookie does not come along from another site: the page leads to itself, once.
    let browser = Browser::new(Memory::new());
    for path in [LINK, BACK] {
        let first = browser.get(path).await;
        assert_eq!(first.status, StatusCode::OK, "{path}");
        let escaped = path.replace('&', "&#38;");
        first.has(&format!("<meta http-equiv=\"refresh\" content=\"0; url={escaped}&#38;again=1\">"));
        let again = browser.get(&format!("{path}&again=1")).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{path}");
        again.has("Sign in first");
        again.has_not("http-equiv");
        again.has(&format!("href=\"{escaped}\""));
    }
    assert_eq!(browser.get("/console/identity/sign-in?link=l-1").await.status, StatusCode::UNAUTHORIZED);
    let posted = browser.post("/console/identity", "link=l-1&role=arn:r").await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_a_platform_does_not_say_is_said_to_be_so() {
    let browser = Browser::signed_in(Memory::new()).await;
    let denied = browser.get("/console/identity/slack?error=access_denied&state=l-1.s-1").await;
    assert_eq!(denied.status, StatusCode::UNPROCESSABLE_ENTITY);
    denied.has("Slack did not say who you are (access_denied)");
    for path in [
        "/console/identity",
        "/console/identity?link=",
        "/console/identity?link=l-2",
        "/console/identity/slack",
        "/console/identity/slack?state=l-1.s-1",
        "/console/identity/slack?code=c-1&state=l-1.s-2",
        "/console/identity/teams?code=c-1&state=l-1.s-1",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    let long = format!("/console/identity/slack?code={}&state=l-1.s-1", "c".repeat(5_000));
    assert_eq!(browser.get(&long).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A form from another site changes nothing.
    let theirs = [("sec-fetch-site", "cross-site")];
    let posted = browser.post_with("/console/identity", &theirs, "form_token=form-token-1&link=l-1&role=arn:r").await;
    assert_eq!(posted.status, StatusCode::FORBIDDEN);
}
