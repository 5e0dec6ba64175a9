use crate::browser::Browser;
use crate::memory::Memory;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG, SET_COOKIE};
use bailiwick_chat::ButtonId;

#[tokio::test]
async fn a_one_time_link_opens_a_session_and_leaves_no_secret_in_the_address() {
    let browser = Browser::new(Memory::new());
    let page = browser.get("/console/sign-in?token=look-around").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/console/rooms"));
    let cookie = page.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");

    let used = browser.get("/console/sign-in?token=another").await;
    assert_eq!(used.status, StatusCode::GONE);
    used.has("This sign-in link cannot be used any more");

    let ahead = browser.request("GET", "/console/sign-in?token=look-around", &[("sec-purpose", "prefetch")]);
    let ahead = browser.send(ahead.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(ahead.status, StatusCode::UNAUTHORIZED);
    assert!(!ahead.headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn nothing_is_shown_to_strangers() {
    let browser = Browser::new(Memory::with_a_morning());
    for path in [
        "/console",
        "/console/",
        "/console/rooms",
        "/console/rooms/ops",
        "/console/rooms/ops/threads/m3",
        "/console/rooms/ops/events",
        "/console/overview",
        "/console/audit",
        "/console/audit/r-3",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
        page.has("one-time sign-in link");
        page.has_not("Topics");
    }
}

#[tokio::test]
async fn the_rooms_can_be_searched() {
    let browser = Browser::signed_in(Memory::with_a_morning()).await;
    let all = browser.get("/console/rooms").await;
    all.has("#ops");
    all.has("#deploy");
    let found = browser.get("/console/rooms?q=%23DEP").await;
    found.has("#deploy");
    found.has_not("<span class=\"name\">#ops</span>");
    browser.get("/console/rooms?q=%3Cb%3E").await.has("No room matches <q>&#60;b&#62;</q>");
}

#[tokio::test]
async fn a_room_shows_messages_cards_and_a_composer() {
    let browser = Browser::signed_in(Memory::with_a_morning()).await;
    let page = browser.get("/console/rooms/ops").await;
    assert_eq!(page.status, StatusCode::OK);
    for text in [
        "<span class=\"mention\">@aws</span> sns list-topics",
        "Topics (2)",
        "ALARM",
        "Not run:",
        "can change it",
        "<li class=\"stopped\">",
        "value=\"raw-json\"",
        "events?after=17",
        "name=\"form_token\" value=\"form-token-1\"",
        "This cannot be undone. Run it?",
    ] {
        page.has(text);
    }
    // What the policy of the page forbids must not be on the page.
    for text in ["<script>", "style=\"", "onclick", "javascript:", "http://", "https://"] {
        page.has_not(text);
    }
    assert_eq!(browser.get("/console/rooms/nowhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/console/nowhere").await.status, StatusCode::NOT_FOUND);

    let earlier = browser.get("/console/rooms/ops?before=3").await;
    earlier.has("Back to the newest messages");
    earlier.has_not("sse-connect");
}

#[tokio::test]
async fn a_thread_has_an_address_of_its_own() {
    let browser = Browser::signed_in(Memory::with_a_morning()).await;
    let page = browser.get("/console/rooms/ops/threads/m3").await;
    page.has("Topics (2)");
    page.has_not("web-cpu-high");
    page.has("name=\"thread\" value=\"m3\"");
    assert_eq!(browser.get("/console/rooms/ops/threads/gone").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_is_posted_once_with_and_without_javascript() {
    let browser = Browser::signed_in(Memory::new()).await;
    let posted = browser.post("/console/rooms/ops/messages", "once=0&text=%40aws+sns+list-topics").await;
    assert_eq!((posted.status, posted.location()), (StatusCode::SEE_OTHER, "/console/rooms/ops#m-m1"));
    let again = browser.post("/console/rooms/ops/messages", "once=0&text=%40aws+sns+list-topics").await;
    assert_eq!(again.location(), "/console/rooms/ops#m-m1");
    let page = browser.get("/console/rooms/ops").await;
    assert_eq!(page.text.matches("Topics (2)").count(), 1);

    let script = [("hx-request", "true"), ("sec-fetch-site", "same-origin")];
    let form = "form_token=form-token-1&once=1&thread=m1&text=thanks";
    let quiet = browser.post_with("/console/rooms/ops/messages", &script, form).await;
    assert_eq!((quiet.status, quiet.text.as_str()), (StatusCode::NO_CONTENT, ""));
    browser.get("/console/rooms/ops/threads/m1").await.has("thanks");
}

#[tokio::test]
async fn what_cannot_be_posted_is_said() {
    let browser = Browser::signed_in(Memory::new()).await;
    let empty = browser.post("/console/rooms/ops/messages", "once=0&text=+%0A").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.has("There is nothing to post; type a message first");
    let long = browser.post("/console/rooms/ops/messages", &format!("once=0&text={}", "x".repeat(16_385))).await;
    long.has("16385 bytes long; at most 16384 are read");
    let huge = browser.post("/console/rooms/ops/messages", &format!("once=0&text={}", "x".repeat(70_000))).await;
    huge.has("too long");
    browser.post("/console/rooms/ops/messages", "text=x").await.has("cannot be read");
    let nowhere = browser.post("/console/rooms/nowhere/messages", "once=0&text=x").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    browser.get("/console/rooms/ops").await.has("Nothing has been said here yet");
}

#[tokio::test]
async fn a_press_carries_what_the_card_said() {
    let browser = Browser::signed_in(Memory::with_a_morning()).await;
    let done = browser.post("/console/rooms/ops/presses", "message=m8&button=choose&target=q-1&value=a%26b").await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/console/rooms/ops#m-m8"));
    let presses = browser.memory.presses();
    assert_eq!(presses.len(), 1);
    assert_eq!((presses[0].button, presses[0].target.as_str()), (ButtonId::Choose, "q-1"));
    assert_eq!(presses[0].value.as_deref(), Some("a&b"));

    let unknown = browser.post("/console/rooms/ops/presses", "message=m8&button=sudo&target=q-1").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.memory.presses().len(), 1);
}

#[tokio::test]
async fn overview_and_audit_are_shown_and_searched() {
    let browser = Browser::signed_in(Memory::new()).await;
    let overview = browser.get("/console/overview").await;
    overview.has("no topic");
    overview.has("guardrails: no statement allows it");
    overview.has("tried again in 4 minutes");
    browser.get("/console/audit").await.has("4 records fit together");
    let refused = browser.get("/console/audit?q=publish&refused=only").await;
    refused.has("sns:Publish");
    refused.has_not("iam:ListUsers");
    browser.get("/console/audit?q=nothing-like-it").await.has("No record matches");
    browser.get("/console/audit/r-3").await.has("&#34;errorCode&#34;: &#34;AccessDenied&#34;");
    assert_eq!(browser.get("/console/audit/r-9").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_are_kept_by_the_browser_until_they_change() {
    let browser = Browser::new(Memory::new());
    for (name, kind) in [
        ("console.css", "text/css; charset=utf-8"),
        ("console.js", "text/javascript; charset=utf-8"),
        ("htmx.min.js", "text/javascript; charset=utf-8"),
        ("htmx-ext-sse.min.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let path = format!("/console/assets/{name}");
        let file = browser.get(&path).await;
        assert_eq!((file.status, file.headers[CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, kind));
        let tag = file.headers[ETAG].to_str().unwrap();
        let again = browser.request("GET", &path, &[("if-none-match", tag)]).body(axum::body::Body::empty()).unwrap();
        assert_eq!(browser.send(again).await.status, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(browser.get("/console/assets/..%2fCargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_command_is_completed_and_other_words_are_not() {
    let browser = Browser::signed_in(Memory::new()).await;
    let services = browser.get("/console/rooms/ops/completions?text=%40aws%20sn").await;
    services.has("data-word=\"sns\"");
    services.has_not("sqs");
    browser.get("/console/rooms/ops/completions?text=%40aws%20sns%20").await.has("data-word=\"publish\"");
    assert_eq!(browser.get("/console/rooms/ops/completions?text=sns%20").await.text.trim(), "");
    assert_eq!(browser.get("/console/rooms/ops/completions").await.text.trim(), "");
}

#[tokio::test]
async fn the_navigation_names_the_rooms_and_the_one_that_is_shown() {
    let browser = Browser::signed_in(Memory::new()).await;
    let page = browser.get("/console/rooms/deploy").await;
    page.has("<a href=\"/console/rooms/deploy\" aria-current=\"page\">#deploy</a>");
    page.has("<a href=\"/console/rooms/ops\">#ops</a>");
}

#[tokio::test]
async fn the_router_leaves_every_other_address_to_whoever_takes_it_in() {
    let mut browser = Browser::new(Memory::new());
    browser.router = axum::Router::new().fallback(|| async { "elsewhere" }).merge(browser.router);
    assert_eq!(browser.get("/").await.text, "elsewhere");
    assert_eq!(browser.get("/consoles").await.text, "elsewhere");
    browser.get("/console/a/b/c").await.has("There is no such page");
}

#[tokio::test]
async fn a_sheet_shows_tables_and_forms_and_says_what_was_done() {
    let browser = Browser::signed_in(Memory::with_a_morning()).await;
    let moved = browser.get("/console/manage").await;
    assert_eq!((moved.status, moved.location()), (StatusCode::SEE_OTHER, "/console/manage/channels"));
    for (name, title) in bailiwick_console::SHEETS {
        let page = browser.get(&format!("/console/manage/{name}")).await;
        assert_eq!(page.status, StatusCode::OK);
        page.has(&format!("<h1>{title}</h1>"));
        // Whatever is said is text, never markup.
        page.has(&format!("turns &#60;{name}&#62; off"));
        page.has("data-column=\"Configuration\"");
        page.has("<label for=\"set-arns\">Policies</label>");
        page.has("<legend>Channels</legend>");
    }
    assert_eq!(browser.get("/console/manage/other").await.status, StatusCode::NOT_FOUND);
    let done = browser.post("/console/manage/notifications/drop", "id=m-1").await;
    assert_eq!(done.status, StatusCode::OK);
    done.has("role=\"status\"");
    done.has("Drop on notifications: m-1");
    let refused = browser.post("/console/manage/channels/set", "arns=x").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.has("You may not set this");
    refused.has("<h1>Channels</h1>");
    let foreign = browser.post_with("/console/manage/channels/drop", &[], "form_token=guessed&id=m-1").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    foreign.has_not("Drop on");
}
