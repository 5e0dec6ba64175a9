//! The audit trail: a stream with filters, and one record in full.

use crate::pages::{Frame, Problem, page};
use crate::protect::session::Current;
use crate::view::moment::Moment;
use crate::{AuditFilter, AuditPage, AuditRow, Console, Record};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

/// How many rows a page shows.
const ROWS: u32 = 100;

#[derive(Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    refused: String,
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct StreamPage<'a> {
    frame: Frame,
    words: &'a str,
    refused_only: bool,
    filtered: bool,
    rows: Vec<(Moment, &'a AuditRow)>,
    audit: &'a AuditPage,
}

/// The newest records, or those a filter leaves.
pub(crate) async fn stream(
    State(console): State<Console>,
    current: Current,
    Query(sent): Query<Filter>,
) -> Result<Response, Problem> {
    let words: String = sent.q.trim().chars().take(200).collect();
    let filter = AuditFilter { words, refused_only: sent.refused == "only", before: sent.before };
    let (words, refused_only) = (filter.words.clone(), filter.refused_only);
    let audit = console.records.audit(&current.session.person, filter, ROWS).await?;
    page(&StreamPage {
        frame: Frame::signed_in("Audit", "audit", &current.session),
        filtered: !words.is_empty() || refused_only || sent.before.is_some(),
        words: &words,
        refused_only,
        rows: audit.rows.iter().map(|row| (row.at.into(), row)).collect(),
        audit: &audit,
    })
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage<'a> {
    frame: Frame,
    at: Moment,
    record: &'a Record,
}

/// One record in full.
pub(crate) async fn record(
    State(console): State<Console>,
    current: Current,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let record = console.records.record(&current.session.person, &id).await?;
    page(&RecordPage {
        frame: Frame::signed_in("Audit record", "audit", &current.session),
        at: record.row.at.into(),
        record: &record,
    })
}
