//! What SDKs change in the input, the headers and the target of single operations, beyond what the models say.
//! Source: the handlers of botocore 1.43; `testdata/botocore-differences.md` says which are left out.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::Unsigned;
use crate::model::{Operation, Service};
use crate::protocol::problem::Problem;
use crate::protocol::timestamp;
use crate::value::Value;

/// The operations of S3 whose customers' keys go in base64, with their digests. Others take them as they are given.
const WITH_KEYS: [&str; 9] = [
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "GetObject",
    "HeadObject",
    "PutObject",
    "SelectObjectContent",
    "UploadPart",
    "UploadPartCopy",
];
/// Glacier hashes an archive in pieces of this length, in bytes.
const TREE_HASH_PIECE: usize = 1024 * 1024;

/// The input as it goes on the wire. What a caller's words become before they are decided on is `protocol::settle`'s; all
/// that is done here may be done again.
///
/// # Errors
/// A value that the service could not read, said as the SDKs say it.
pub(super) fn input<'v>(service: &Service, operation: &Operation, input: &'v Value) -> Result<Cow<'v, Value>, Problem> {
    let mut input = Cow::Borrowed(input);
    match (&*service.name, &*operation.name) {
        ("s3", name) => s3_input(name, operation, &mut input)?,
        ("glacier", _) if has_member(service, operation, "accountId") && input.get("accountId").is_none() => {
            put(&mut input, "accountId", Value::from("-"));
        }
        _ => {}
    }
    Ok(input)
}

fn put(input: &mut Cow<'_, Value>, name: &str, value: Value) {
    if let Some(members) = input.to_mut().as_map_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn has_member(service: &Service, operation: &Operation, name: &str) -> bool {
    operation.input.as_ref().is_some_and(|target| service.target(target).member(name).is_some())
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Blob(bytes) => Some(bytes.clone()),
        Value::String(text) => Some(text.clone().into_bytes()),
        _ => None,
    }
}

fn s3_input(name: &str, operation: &Operation, input: &mut Cow<'_, Value>) -> Result<(), Problem> {
    if let Some(bucket) = input.get("Bucket").and_then(Value::as_str)
        && !is_bucket(bucket)
    {
        let text = format!(
            "Invalid bucket name \"{bucket}\": Bucket name must match the regex \"^[a-zA-Z0-9.\\-_]{{1,255}}$\" or be an ARN"
        );
        return Err(Problem::new(text).within("Bucket"));
    }
    if super::listing::LISTINGS.iter().any(|listing| listing.operation == name) && input.get("EncodingType").is_none() {
        put(input, "EncodingType", Value::from("url"));
    }
    if WITH_KEYS.contains(&name) {
        for prefix in ["SSECustomer", "CopySourceSSECustomer"] {
            encryption_key(input, prefix);
        }
    }
    if let Some(text) = input.get("Expires").and_then(Value::as_str) {
        // The models have a text, since answers hold what is no time; requests hold one, in the form of HTTP's dates.
        let time = timestamp::typed(text);
        let time = time.ok_or_else(|| Problem::new(format!("Invalid timestamp \"{text}\"")).within("Expires"))?;
        put(input, "Expires", Value::from(time.to_http_date()));
    }
    if matches!(name, "CopyObject" | "CreateMultipartUpload" | "PutObject")
        && let Some(metadata) = input.get("Metadata").and_then(Value::as_map)
    {
        for (key, value) in metadata {
            let value = value.as_str().unwrap_or_default();
            if !key.is_ascii() || !value.is_ascii() {
                let text = format!(
                    "Non ascii characters found in S3 metadata for key \"{key}\", value: \"{value}\".  \nS3 metadata can only contain ASCII characters. "
                );
                return Err(Problem::new(text).within("Metadata"));
            }
        }
    }
    let mode = operation.checksum.as_deref().and_then(|checksum| checksum.request_validation_mode_member.as_deref());
    if let Some(mode) = mode.filter(|mode| input.get(mode).is_none()) {
        put(input, mode, Value::from("ENABLED"));
    }
    Ok(())
}

/// A name of a bucket as old ones may be, or the ARN of an access point or of a bucket of Outposts.
fn is_bucket(name: &str) -> bool {
    let plain = |text: &str, longest: usize, extra: &[u8]| {
        (1..=longest).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || extra.contains(&byte))
    };
    if plain(name, 255, b"._") {
        return true;
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", _, service, _, account, resource] = parts.as_slice() else { return false };
    let account_fits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let pieces: Vec<&str> = resource.split([':', '/']).collect();
    match (*service, pieces.as_slice()) {
        ("s3" | "s3-object-lambda", ["accesspoint", name]) => {
            (account_fits || account.is_empty()) && plain(name, 63, b".")
        }
        ("s3-outposts", ["outpost", outpost, "accesspoint" | "bucket", name]) => {
            account_fits && plain(outpost, 63, b"") && plain(name, 63, b"")
        }
        _ => false,
    }
}

/// A customer's key goes in base64, with the digest of its bytes.
fn encryption_key(input: &mut Cow<'_, Value>, prefix: &str) {
    let (name, digest) = (format!("{prefix}Key"), format!("{prefix}KeyMD5"));
    if input.get(&digest).is_some() {
        return;
    }
    if let Some(key) = input.get(&name).and_then(bytes) {
        put(input, &name, Value::from(STANDARD.encode(&key)));
        put(input, &digest, Value::from(STANDARD.encode(Md5::digest(&key))));
    }
}

/// Headers, the method and the body as single services want them.
pub(super) fn request(service: &Service, operation: &Operation, request: &mut Unsigned) {
    match (&*service.name, &*operation.name) {
        ("apigateway", _) => {
            request.headers.entry("accept").or_insert(HeaderValue::from_static("application/json"));
        }
        ("cloudsearchdomain", "Search") => {
            if let Some((path, query)) = request.target.split_once('?') {
                request.body = query.as_bytes().to_vec();
                request.target = path.to_owned();
                request.method = http::Method::POST;
                let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                request.headers.insert(http::header::CONTENT_TYPE, form);
            }
        }
        ("glacier", name) => {
            if let Ok(version) = HeaderValue::from_str(&service.api_version) {
                request.headers.insert("x-amz-glacier-version", version);
            }
            if matches!(name, "UploadArchive" | "UploadMultipartPart") {
                let hashes = [
                    ("x-amz-content-sha256", hex(&Sha256::digest(&request.body))),
                    ("x-amz-sha256-tree-hash", hex(&tree_hash(&request.body))),
                ];
                for (name, hash) in hashes {
                    if let Ok(hash) = HeaderValue::from_str(&hash) {
                        request.headers.entry(name).or_insert(hash);
                    }
                }
            }
        }
        _ => {}
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Source: the Amazon S3 Glacier developer guide, "Computing Checksums".
fn tree_hash(body: &[u8]) -> Vec<u8> {
    let mut level: Vec<Vec<u8>> = body.chunks(TREE_HASH_PIECE).map(|piece| Sha256::digest(piece).to_vec()).collect();
    if level.is_empty() {
        return Sha256::digest(b"").to_vec();
    }
    while level.len() > 1 {
        let up = |pair: &[Vec<u8>]| match pair {
            [left, right] => Sha256::new().chain_update(left).chain_update(right).finalize().to_vec(),
            [single] => single.clone(),
            _ => Vec::new(),
        };
        level = level.chunks(2).map(up).collect();
    }
    level.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    fn changed(service: &str, operation: &str, given: Value) -> Result<Value, Problem> {
        let model = Pack::embedded().unwrap().service(service).unwrap();
        input(&model, model.operation(operation).unwrap(), &given).map(Cow::into_owned)
    }

    #[test]
    fn s3_keys_names_and_metadata() {
        let given = Value::map([("Bucket", Value::from("b")), ("SSECustomerKey", Value::from("k"))]);
        let put = changed("s3", "PutObject", given).unwrap();
        assert_eq!(put.get("SSECustomerKey"), Some(&Value::from("aw==")));
        assert_eq!(put.get("SSECustomerKeyMD5"), Some(&Value::from("jOSxayK1iJSqhsQh6HWd8w==")));
        assert!(changed("s3", "ListObjectsV2", Value::map([("Bucket", Value::from("a/b"))])).is_err());
        for name in [
            "My_Old.bucket",
            "arn:aws:s3:eu-west-1:444455556666:accesspoint/mine",
            "arn:aws:s3-outposts:eu-west-1:444455556666:outpost/op-1/bucket/b",
        ] {
            assert!(is_bucket(name), "{name}");
        }
        assert!(!is_bucket("arn:aws:s3:::bucket") && !is_bucket(""));
        let metadata = Value::map([("k", Value::from("ä"))]);
        assert!(changed("s3", "PutObject", Value::map([("Metadata", metadata)])).is_err());
    }

    #[test]
    fn the_tree_hash_of_pieces() {
        assert_eq!(tree_hash(b"abc"), Sha256::digest(b"abc").to_vec());
        let body = vec![7; TREE_HASH_PIECE + 1];
        let (left, right) = (Sha256::digest(&body[..TREE_HASH_PIECE]), Sha256::digest([7]));
        assert_eq!(tree_hash(&body), Sha256::new().chain_update(left).chain_update(right).finalize().to_vec());
    }
}
