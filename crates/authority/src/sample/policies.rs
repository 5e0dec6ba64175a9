//! Policies that only the sample has.

/// Publishing to topics, for the sample's second room.
pub(super) const PUBLISH: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Publish","Effect":"Allow","Action":"sns:Publish","Resource":"arn:aws:sns:*:444455556666:*"}]}"#;
