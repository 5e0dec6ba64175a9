use crate::browser::{Browser, Page};
use crate::memory::{CODE, Memory, PASSWORD};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;

const OURS: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

async fn sends(browser: &Browser, path: &str, form: &str) -> Page {
    browser.post_with(path, &OURS, form).await
}

fn first(user: &str, password: &str) -> String {
    format!("account=444455556666&user={user}&password={}", password.replace(' ', "+"))
}

#[tokio::test]
async fn a_user_signs_in_step_by_step() {
    let browser = Browser::new(Memory::new());
    browser.get("/console/sign-in").await.has("autocomplete=\"current-password\"");
    let page = sends(&browser, "/console/sign-in", &first("lee", PASSWORD)).await;
    assert_eq!(page.status, StatusCode::OK);
    page.has("autocomplete=\"one-time-code\"");
    page.has("value=\"ticket-1\"");
    page.has_not(PASSWORD);
    let page = sends(&browser, "/console/sign-in/code", "ticket=ticket-1&code=000000").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    page.has("The account, the user name, the password or the code is not right");
    page.has("value=\"ticket-1\"");
    let page = sends(&browser, "/console/sign-in/code", &format!("ticket=ticket-1&code={CODE}")).await;
    page.has("Choose another password");
    let old = PASSWORD.replace(' ', "+");
    let change = |new: &str, again: &str| format!("ticket=ticket-2&old={old}&new={new}&again={again}");
    let page = sends(&browser, "/console/sign-in/password", &change("long+enough", "other")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("The new password and its repetition differ");
    let page = sends(&browser, "/console/sign-in/password", &change("short", "short")).await;
    page.has("Password should have a minimum length of 8");
    assert!(!page.headers.contains_key(SET_COOKIE));
    let page = sends(&browser, "/console/sign-in/password", &change("long+enough", "long+enough")).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/console/rooms"));
    assert!(page.headers[SET_COOKIE].to_str().unwrap().contains("; HttpOnly; SameSite=Strict"));
}

#[tokio::test]
async fn what_is_not_right_is_asked_again_without_the_password() {
    let browser = Browser::new(Memory::new());
    for (user, status, says) in [
        ("lee", StatusCode::UNAUTHORIZED, "is not right"),
        ("nobody", StatusCode::UNAUTHORIZED, "is not right"),
        ("hasty", StatusCode::TOO_MANY_REQUESTS, "Too many attempts have failed; try again in 64 seconds"),
    ] {
        let page = sends(&browser, "/console/sign-in", &first(user, "wrong-guess")).await;
        assert_eq!(page.status, status, "{user}");
        page.has(says);
        page.has(&format!("value=\"{user}\""));
        page.has_not("wrong-guess");
        assert!(!page.headers.contains_key(SET_COOKIE));
    }
    let over = sends(&browser, "/console/sign-in/code", &format!("ticket=made-up&code={CODE}")).await;
    assert_eq!(over.status, StatusCode::GONE);
    over.has("Sign in as an IAM user");
}

#[tokio::test]
async fn the_form_of_another_site_signs_nobody_in() {
    let browser = Browser::new(Memory::new());
    for path in ["/console/sign-in", "/console/sign-in/code", "/console/sign-in/password"] {
        let elsewhere = [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")];
        let form = format!("{}&ticket=ticket-1&code={CODE}&old=a&new=b&again=b", first("lee", PASSWORD));
        let page = browser.post_with(path, &elsewhere, &form).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        let page = sends(&browser, path, "nothing=1").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}

#[tokio::test]
async fn a_session_is_made_stronger_with_a_code() {
    let browser = Browser::signed_in(Memory::new()).await;
    let page = browser.get("/console/manage/you").await;
    page.has("<svg class=\"picture\" role=\"img\" aria-label=\"a QR code\"");
    page.has("autocomplete=\"one-time-code\"");
    let page = browser.post("/console/manage/you/second-factor", "&code=000000").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    page.has("is not right");
    let page = browser.post("/console/manage/you/second-factor", &format!("&code={CODE}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.has("This session has a second factor now");
}
