//! What a browser does, without one.

use crate::memory::{FORM_TOKEN, LINK, Memory, use_cases};
use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use bailiwick_console::{Settings, router};
use http_body_util::BodyExt;
use std::sync::Arc;
use tower::ServiceExt;

pub(crate) struct Browser {
    pub(crate) memory: Arc<Memory>,
    pub(crate) router: Router,
    pub(crate) cookie: Option<String>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) {
        assert!(self.text.contains(text), "`{text}` is not in\n{}", self.text);
    }

    #[track_caller]
    pub(crate) fn has_not(&self, text: &str) {
        assert!(!self.text.contains(text), "`{text}` is in\n{}", self.text);
    }
}

impl Browser {
    pub(crate) fn new(memory: Memory) -> Self {
        let memory = Arc::new(memory);
        let router = router(use_cases(&memory), Settings::default());
        Browser { memory, router, cookie: None }
    }

    pub(crate) async fn signed_in(memory: Memory) -> Self {
        let mut browser = Browser::new(memory);
        let page = browser.get(&format!("/console/sign-in?token={LINK}")).await;
        let cookie = page.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        browser.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        browser
    }

    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(HOST, "127.0.0.1:7878");
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(self.request("GET", path, &[]).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Page {
        let request = self.request("POST", path, headers).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// A form of one of our own pages.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Page {
        let headers = [(ORIGIN.as_str(), "http://127.0.0.1:7878"), ("sec-fetch-site", "same-origin")];
        self.post_with(path, &headers, &format!("form_token={FORM_TOKEN}&{form}")).await
    }
}
