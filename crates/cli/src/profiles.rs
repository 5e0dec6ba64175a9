//! AWS profiles for the sample's users, in files that only their owner can read.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bailiwick_authority::sample::SampleKey;

/// Writes `aws/credentials` and `aws/config` into the data folder; the folder they are in.
///
/// # Errors
/// The files cannot be written, or are there already.
pub(crate) fn write(data: &Path, endpoint: &str, region: &str, keys: &[SampleKey]) -> io::Result<PathBuf> {
    let folder = data.join("aws");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let (mut credentials, mut config) = (String::new(), String::new());
    for key in keys {
        // Writing to a string does not fail.
        let _ = write!(
            credentials,
            "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n\n",
            key.user,
            key.access_key_id,
            key.secret_access_key.expose()
        );
        let _ = write!(config, "[profile {}]\nregion = {region}\nendpoint_url = {endpoint}\n\n", key.user);
    }
    private(&folder.join("credentials"), &credentials)?;
    private(&folder.join("config"), &config)?;
    Ok(folder)
}

fn private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
