//! `bailiwick manifest teams`: the app package that an administrator uploads to Microsoft Teams.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use bailiwick_chat::teams::package::{PackageOptions, files};

#[derive(Debug, clap::Args)]
pub(crate) struct Teams {
    /// The bot's app id, as its registration shows it
    #[arg(long, value_name = "ID")]
    app_id: String,
    /// Where people find this server, such as `https://bailiwick.example.com`
    #[arg(long, value_name = "URL")]
    public_url: String,
    /// The name people mention
    #[arg(long, default_value = "Bailiwick")]
    name: String,
    /// The package's own version; Teams takes an update only with a higher one
    #[arg(long, default_value = "1.0.0")]
    package_version: String,
    /// Where to write the package
    #[arg(long, value_name = "FILE", default_value = "bailiwick-teams.zip")]
    output: PathBuf,
}

/// Writes the package.
#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
pub(crate) fn run(arguments: Teams) -> anyhow::Result<ExitCode> {
    let Teams { app_id, public_url, name, package_version: version, output } = arguments;
    let public_url = public_url.trim_end_matches('/').to_owned();
    let files = files(&PackageOptions { app_id, public_url: public_url.clone(), version, name })?;
    std::fs::write(&output, archive(&files)).with_context(|| format!("cannot write `{}`", output.display()))?;
    println!(
        "{} is written. Upload it in the Teams admin center (Teams apps, Manage apps), and set the bot's messaging endpoint to {public_url}/chat/teams/messages",
        output.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// A zip archive of files that are stored as they are. Source: PKWARE's APPNOTE, 4.3.
fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let length = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
        let short = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
        // Version 2.0, no flags, stored, the first of January 1980.
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        head.extend(crc32(bytes).to_le_bytes());
        head.extend(length(bytes.len()));
        head.extend(length(bytes.len()));
        head.extend(short(name.len()));
        head.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(length(out.len()));
        directory.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(head);
        out.extend(name.as_bytes());
        out.extend(bytes);
    }
    let count = u16::try_from(files.len()).unwrap_or(u16::MAX).to_le_bytes();
    let length = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
    let begins = out.len();
    let size = directory.len();
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count);
    out.extend(count);
    out.extend(length(size));
    out.extend(length(begins));
    out.extend([0, 0]);
    out
}

/// The checksum of zip archives.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
