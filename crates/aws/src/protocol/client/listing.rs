//! S3's listings ask for keys in percent-encoding, since XML cannot hold every character of a key, and answer with them as
//! they are. Source: the Amazon S3 API reference, ListObjectsV2, `encoding-type`; the handlers of botocore 1.43.

use crate::http::percent_decode;
use crate::model::{Operation, Service};
use crate::value::Value;

/// A listing: which of its texts are keys or parts of keys, and its lists, each with the member that is one.
pub(super) struct Listing {
    pub(super) operation: &'static str,
    texts: &'static [&'static str],
    lists: &'static [(&'static str, &'static str)],
}

pub(super) const LISTINGS: [Listing; 3] = [
    Listing {
        operation: "ListObjectVersions",
        texts: &["Delimiter", "KeyMarker", "NextKeyMarker", "Prefix"],
        lists: &[("CommonPrefixes", "Prefix"), ("DeleteMarkers", "Key"), ("Versions", "Key")],
    },
    Listing {
        operation: "ListObjects",
        texts: &["Delimiter", "Marker", "NextMarker", "Prefix"],
        lists: &[("CommonPrefixes", "Prefix"), ("Contents", "Key")],
    },
    Listing {
        operation: "ListObjectsV2",
        texts: &["Delimiter", "Prefix", "StartAfter"],
        lists: &[("CommonPrefixes", "Prefix"), ("Contents", "Key")],
    },
];

/// Decodes the keys of a listing whose encoding the caller did not ask for.
pub fn plain_keys(service: &Service, operation: &Operation, input: &Value, output: &mut Value) {
    if &*service.name != "s3" || input.get("EncodingType").is_some() {
        return;
    }
    let Some(listing) = LISTINGS.iter().find(|listing| listing.operation == &*operation.name) else { return };
    if output.get("EncodingType").and_then(Value::as_str) != Some("url") {
        return;
    }
    let Some(members) = output.as_map_mut() else { return };
    for name in listing.texts {
        members.get_mut(*name).into_iter().for_each(decode);
    }
    for (list, member) in listing.lists {
        let Some(Value::List(elements)) = members.get_mut(*list) else { continue };
        for key in elements.iter_mut().filter_map(Value::as_map_mut).filter_map(|of| of.get_mut(*member)) {
            decode(key);
        }
    }
}

/// A plus is a space, as in forms.
fn decode(value: &mut Value) {
    if let Value::String(text) = value
        && let Ok(plain) = String::from_utf8(percent_decode(text, true))
    {
        *text = plain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    #[test]
    fn keys_are_asked_for_in_an_encoding_and_given_without() {
        let service = Pack::embedded().unwrap().service("s3").unwrap();
        let operation = service.operation("ListObjectsV2").unwrap();
        let text = |text: &str| Value::from(text);
        let object = |key: &str| Value::list([Value::map([("Key", text(key))])]);
        let answer = |key: &str| {
            Value::map([("EncodingType", text("url")), ("Prefix", text("a%2F")), ("Contents", object(key))])
        };
        let mut found = answer("a%2Fb+c%01");
        plain_keys(&service, operation, &Value::map([("Bucket", text("b"))]), &mut found);
        assert_eq!(found.get("Contents"), Some(&object("a/b c\u{1}")));
        assert_eq!(found.get("Prefix"), Some(&text("a/")));
        let mut asked = answer("a%2Fb");
        plain_keys(&service, operation, &Value::map([("EncodingType", text("url"))]), &mut asked);
        assert_eq!(asked, answer("a%2Fb"), "who asks for the encoding gets it");
    }
}
