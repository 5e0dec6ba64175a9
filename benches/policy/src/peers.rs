//! Other engines, given the same policies and requests.

#[cfg(feature = "cedar")]
pub mod cedar;
pub mod iam_rs;

#[cfg(not(feature = "cedar"))]
pub mod cedar {
    use crate::timing::Pace;
    use crate::workload::Workload;

    /// Left out of this build.
    pub fn run(_: &Workload, _: Pace) -> (f64, Vec<bool>) {
        (f64::NAN, Vec::new())
    }
}
