//! A file of a message, to be saved: it is never shown in the page's own origin.

use crate::Console;
use crate::pages::Problem;
use crate::protect::session::Current;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Downloads a file of a message.
pub(crate) async fn download(
    State(console): State<Console>,
    current: Current,
    Path((room, message, key)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let file = console.rooms.file(&current.session.person, &room, &message, &key).await?;
    let disposition = format!("attachment; filename=\"{}\"", plain_name(&file.name));
    Ok(([(CONTENT_TYPE, file.media_type), (CONTENT_DISPOSITION, disposition)], file.bytes).into_response())
}

/// A name that a header and every file system take.
fn plain_name(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = name.chars().map(kept).take(100).collect();
    if name.trim_matches('.').is_empty() { "answer".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn a_name_cannot_break_the_header_or_leave_its_folder() {
        for (name, plain) in [
            ("sns-list-topics.json", "sns-list-topics.json"),
            ("a\"\r\nSet-Cookie: b", "a---Set-Cookie--b"),
            ("../../etc/passwd", "..-..-etc-passwd"),
            ("..", "answer"),
            ("", "answer"),
        ] {
            assert_eq!(plain_name(name), plain, "{name:?}");
        }
    }
}
