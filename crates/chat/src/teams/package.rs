//! The app package: what an administrator uploads to Teams so that the bot can be added to teams.
//! Source: Microsoft's Teams documentation, "App manifest schema for Teams", version 1.19.

use serde_json::{Value, json};

/// The version of the manifest's schema.
const SCHEMA: &str = "1.19";

/// The colour icon, 192 by 192 pixels.
pub const COLOR_ICON: &[u8] = include_bytes!("../../assets/teams/color.png");
/// The outline icon, 32 by 32 pixels, white on transparent.
pub const OUTLINE_ICON: &[u8] = include_bytes!("../../assets/teams/outline.png");

/// What the package is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageOptions {
    /// The bot's app id.
    pub app_id: String,
    /// Where people find the pages of this installation, without a slash at the end; HTTPS.
    pub public_url: String,
    /// The version of the package: three numbers.
    pub version: String,
    /// The name people mention; at most 30 characters.
    pub name: String,
}

/// What cannot go into a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The app id is no UUID.
    #[error("`{0}` is no app id; it is the UUID that the bot's registration shows as \"Microsoft App ID\"")]
    AppId(String),
    /// The address is not one that Teams takes.
    #[error("`{0}` is not an https address without a path; Teams takes no other")]
    PublicUrl(String),
    /// The name is empty or too long.
    #[error("`{0}` cannot be the name: Teams takes 1 to 30 characters")]
    Name(String),
    /// The version is not three numbers.
    #[error("`{0}` is no version; three numbers are expected, such as 1.0.0")]
    Version(String),
}

/// The files of the package, by their names, as they go into its zip archive.
///
/// # Errors
/// [`PackageError`].
pub fn files(options: &PackageOptions) -> Result<Vec<(&'static str, Vec<u8>)>, PackageError> {
    let manifest = manifest(options)?;
    // A value always serializes.
    let manifest = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    Ok(vec![("manifest.json", manifest), ("color.png", COLOR_ICON.to_vec()), ("outline.png", OUTLINE_ICON.to_vec())])
}

fn manifest(options: &PackageOptions) -> Result<Value, PackageError> {
    let PackageOptions { app_id, public_url, version, name } = options;
    if !is_uuid(app_id) {
        return Err(PackageError::AppId(app_id.clone()));
    }
    if name.trim().is_empty() || name.chars().count() > 30 || name.chars().any(char::is_control) {
        return Err(PackageError::Name(name.clone()));
    }
    let numbers: Vec<&str> = version.split('.').collect();
    if numbers.len() != 3 || numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        return Err(PackageError::Version(version.clone()));
    }
    let host = public_url.strip_prefix("https://").filter(|host| {
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
    });
    let host = host.ok_or_else(|| PackageError::PublicUrl(public_url.clone()))?;
    let page = |path: &str| format!("{public_url}{path}");
    let commands = json!([{
        "scopes": ["team", "groupChat", "personal"],
        "commands": [
            {"title": "help", "description": "What can be asked here"},
            {"title": "whoami", "description": "Who you are here, and with which role"},
            {"title": "sns list-topics", "description": "A command of an AWS service"},
        ],
    }]);
    Ok(json!({
        "$schema": format!("https://developer.microsoft.com/en-us/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json"),
        "manifestVersion": SCHEMA,
        "version": version,
        "id": app_id.to_ascii_lowercase(),
        "developer": {
            "name": "Bailiwick",
            "websiteUrl": page("/"),
            "privacyUrl": page("/console"),
            "termsOfUseUrl": page("/console"),
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "name": {"short": name, "full": format!("{name}: AWS from chat")},
        "description": {
            "short": "Runs AWS commands from a channel, each decided by your policies.",
            "full": "Mention the bot with a command of the AWS CLI. Every command is decided by the policies of the organization, the account, the role and the channel before it runs; a refusal says which of them said no. What changes something is shown first and waits for a button. Notifications of your topics appear in the channel.",
        },
        "accentColor": "#1F4E79",
        "bots": [{
            "botId": app_id.to_ascii_lowercase(),
            "scopes": ["team", "groupChat", "personal"],
            "supportsFiles": false,
            "isNotificationOnly": false,
            "commandLists": commands,
        }],
        "permissions": ["messageTeamMembers"],
        "validDomains": [host],
    }))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> PackageOptions {
        PackageOptions {
            app_id: "11111111-2222-3333-4444-555555555555".into(),
            public_url: "https://bailiwick.example.com".into(),
            version: "1.0.0".into(),
            name: "Bailiwick".into(),
        }
    }

    /// The sizes that a PNG's header says.
    fn size(png: &[u8]) -> (u32, u32) {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    }

    #[test]
    fn a_package_holds_a_manifest_and_two_icons() {
        let files = files(&options()).unwrap();
        let manifest: Value = serde_json::from_slice(&files[0].1).unwrap();
        assert_eq!(manifest["bots"][0]["botId"], manifest["id"]);
        for (pointer, limit) in
            [("/name/short", 30), ("/name/full", 100), ("/description/short", 80), ("/description/full", 4000)]
        {
            let text = manifest.pointer(pointer).unwrap().as_str().unwrap();
            assert!(text.chars().count() <= limit, "{pointer}");
        }
        assert_eq!((size(&files[1].1), size(&files[2].1)), ((192, 192), (32, 32)));
    }

    #[test]
    fn what_teams_would_refuse_is_refused_here() {
        let error = |change: fn(&mut PackageOptions)| {
            let mut options = options();
            change(&mut options);
            files(&options).unwrap_err()
        };
        assert!(matches!(error(|o| o.app_id = "app".into()), PackageError::AppId(_)));
        assert!(matches!(error(|o| o.public_url = "http://x.example".into()), PackageError::PublicUrl(_)));
        assert!(matches!(error(|o| o.public_url = "https://x.example/a".into()), PackageError::PublicUrl(_)));
        assert!(matches!(error(|o| o.name = "x".repeat(31)), PackageError::Name(_)));
        assert!(matches!(error(|o| o.version = "1".into()), PackageError::Version(_)));
    }
}
