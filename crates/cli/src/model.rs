//! `bailiwick model`: our own service's model in the form that botocore and the AWS CLI read.

use std::io::Write;
use std::process::ExitCode;

/// Prints the model.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let model = bailiwick_aws::model::botocore::own()?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &model)?;
    out.write_all(b"\n")?;
    Ok(ExitCode::SUCCESS)
}
