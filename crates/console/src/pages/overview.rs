//! The overview: what someone on call wants to know first.

use crate::pages::{Frame, Problem, page};
use crate::protect::session::Current;
use crate::view::moment::Moment;
use crate::{ChannelState, Console, Delivery, Feedback, Refused};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    frame: Frame,
    channels: &'a [ChannelState],
    refused: Vec<(Moment, &'a Refused)>,
    deliveries: Vec<(Moment, &'a Delivery)>,
    feedback: Vec<(Moment, &'a Feedback)>,
}

/// Channels, refusals of the last day, deliveries that failed.
pub(crate) async fn overview(State(console): State<Console>, current: Current) -> Result<Response, Problem> {
    let overview = console.records.overview(&current.session.person).await?;
    page(&OverviewPage {
        frame: Frame::signed_in("Overview", "overview", &current.session),
        channels: &overview.channels,
        refused: overview.refused.iter().map(|refused| (refused.at.into(), refused)).collect(),
        deliveries: overview.deliveries.iter().map(|delivery| (delivery.at.into(), delivery)).collect(),
        feedback: overview.feedback.iter().map(|feedback| (feedback.at.into(), feedback)).collect(),
    })
}
