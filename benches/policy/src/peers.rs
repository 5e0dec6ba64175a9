//! Other engines, given the same policies and requests.

#[cfg(feature = "cedar")]
mod cedar;
mod iam_rs;

use crate::timing::Contestant;
use crate::workload::Workload;

/// Another engine, made ready for a workload.
pub struct Peer<'w> {
    pub name: &'static str,
    /// Whether each request is allowed.
    pub answers: Vec<bool>,
    pub contestant: Contestant<'w>,
}

impl Peer<'_> {
    /// Puts a peer together from whether it allows a request.
    fn new<'w>(name: &'static str, count: usize, allows: impl Fn(usize) -> bool + 'w) -> Peer<'w> {
        let answers = (0..count).map(&allows).collect();
        let contestant = Box::new(move |n| {
            std::hint::black_box(allows(n));
        });
        Peer { name, answers, contestant }
    }
}

/// All peers of this build.
pub fn all(work: &Workload) -> Vec<Peer<'_>> {
    vec![
        iam_rs::ready(work),
        #[cfg(feature = "cedar")]
        cedar::ready(work),
    ]
}
