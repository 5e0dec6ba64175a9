//! "Sign in with Slack": who somebody is in a workspace, by Slack's own word.
//! Source: Slack's documentation, "Sign in with Slack", "openid.connect.token method" and "openid.connect.userInfo method".

use serde_json::Value;

use super::request::{Arguments, Request};

/// Where sign-ins begin and keys are published, without a slash at the end.
pub const ADDRESS: &str = "https://slack.com/openid/connect";
/// Who issues Slack's id tokens.
pub const ISSUER: &str = "https://slack.com";

/// A sign-in that somebody is sent to.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The app's client id.
    pub client_id: &'a str,
    /// Where Slack sends the browser afterwards; one of the app's redirect URLs.
    pub redirect_uri: &'a str,
    /// The workspace that is asked about.
    pub workspace: &'a str,
    /// Comes back with the answer.
    pub state: &'a str,
    /// Comes back in the id token.
    pub nonce: &'a str,
}

impl SignIn<'_> {
    /// The address a browser is sent to, below `address`, by default [`ADDRESS`].
    pub fn location(&self, address: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("response_type", "code").append_pair("scope", "openid profile");
        query.append_pair("client_id", self.client_id).append_pair("redirect_uri", self.redirect_uri);
        query.append_pair("team", self.workspace).append_pair("state", self.state).append_pair("nonce", self.nonce);
        format!("{}/authorize?{}", address.trim_end_matches('/'), query.finish())
    }
}

/// Exchanges the code of a sign-in for its tokens.
pub fn token(client_id: &str, client_secret: &str, code: &str, redirect_uri: &str) -> Request {
    let pairs = [
        ("client_id", client_id),
        ("client_secret", client_secret),
        ("code", code),
        ("grant_type", "authorization_code"),
        ("redirect_uri", redirect_uri),
    ];
    let pairs = pairs.map(|(name, value)| (name, value.to_owned()));
    Request { method: "openid.connect.token", arguments: Arguments::Form(pairs.into()) }
}

/// Asks who a token of a sign-in belongs to.
pub fn user_info() -> Request {
    Request { method: "openid.connect.userInfo", arguments: Arguments::Form(Vec::new()) }
}

/// Workspace and member that the claims of an id token, or the answer of [`user_info`], name.
pub fn member(claims: &Value) -> Option<(String, String)> {
    let text = |name: &str| claims[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Some((text("https://slack.com/team_id")?, text("https://slack.com/user_id")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sign_in_asks_about_one_workspace() {
        let asked = SignIn {
            client_id: "1.2",
            redirect_uri: "https://b.example.com/console/identity/slack",
            workspace: "T1",
            state: "s 1",
            nonce: "n",
        };
        assert_eq!(
            asked.location("https://slack.com/openid/connect/"),
            "https://slack.com/openid/connect/authorize?response_type=code&scope=openid+profile&client_id=1.2&redirect_uri=https%3A%2F%2Fb.example.com%2Fconsole%2Fidentity%2Fslack&team=T1&state=s+1&nonce=n"
        );
    }

    #[test]
    fn a_member_has_a_workspace() {
        let claims = json!({"sub": "U1", "https://slack.com/team_id": "T1", "https://slack.com/user_id": "U1"});
        assert_eq!(member(&claims), Some(("T1".to_owned(), "U1".to_owned())));
        assert_eq!(member(&json!({"https://slack.com/user_id": "U1"})), None);
        assert_eq!(member(&json!({"https://slack.com/user_id": "U1", "https://slack.com/team_id": ""})), None);
    }
}
