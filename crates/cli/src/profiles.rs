//! AWS profiles for the sample's users, in files that only their owner can read.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bailiwick_aws::sigv4::Secret;

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

/// Adds a profile to the files in the data folder; the folder they are in.
///
/// # Errors
/// The files cannot be written, or have the profile already.
pub(crate) fn add(
    data: &Path,
    endpoint: &str,
    region: &str,
    name: &str,
    key: &str,
    secret: &Secret,
) -> io::Result<PathBuf> {
    let folder = data.join("aws");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    for (file, header, lines) in [
        (
            "credentials",
            format!("[{name}]"),
            format!("aws_access_key_id = {key}\naws_secret_access_key = {}", secret.expose()),
        ),
        ("config", format!("[profile {name}]"), format!("region = {region}\nendpoint_url = {endpoint}")),
    ] {
        let path = folder.join(file);
        let before = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        if before.lines().any(|line| line.trim() == header) {
            let text = format!("`{}` has a profile {name} already", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        file.write_all(format!("{header}\n{lines}\n\n").as_bytes())?;
        file.sync_all()?;
    }
    Ok(folder)
}
