//! The files the pages load, embedded in the binary.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
}

const ASSETS: [Asset; 5] = [
    Asset { name: "console.css", kind: "text/css; charset=utf-8", content: include_bytes!("../assets/console.css") },
    Asset {
        name: "console.js",
        kind: "text/javascript; charset=utf-8",
        content: include_bytes!("../assets/console.js"),
    },
    Asset {
        name: "htmx.min.js",
        kind: "text/javascript; charset=utf-8",
        content: include_bytes!("../assets/htmx.min.js"),
    },
    Asset {
        name: "htmx-ext-sse.min.js",
        kind: "text/javascript; charset=utf-8",
        content: include_bytes!("../assets/htmx-ext-sse.min.js"),
    },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_bytes!("../assets/icon.svg") },
];

/// One file. The browser keeps it and asks whether it changed.
pub(crate) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{:016x}\"", fingerprint(asset.content));
    let known = [(CACHE_CONTROL, "no-cache".to_owned()), (ETAG, tag.clone())];
    if headers.get(IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, known).into_response();
    }
    (known, [(CONTENT_TYPE, asset.kind)], asset.content).into_response()
}

/// FNV-1a: tells versions of one file apart; nothing depends on it being hard to forge.
fn fingerprint(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
