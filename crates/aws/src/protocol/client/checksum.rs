use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::Unsigned;
use crate::crc::{crc32, crc32c, crc64nvme};
use crate::http::{Response, header};
use crate::model::{Location, Operation, Service};
use crate::protocol::names::wire_name;
use crate::protocol::problem::{Problem, WireError};
use crate::value::Value;

/// The algorithm that is taken where none is asked for, as the SDKs do.
const DEFAULT: &str = "CRC32";
/// Algorithms of checksums in responses, the quickest first.
const IN_RESPONSES: [&str; 6] = ["CRC64NVME", "CRC32C", "CRC32", "SHA1", "SHA256", "SHA512"];

/// The checksum of a body in base64; `None` for an algorithm that is not offered.
fn checksum(algorithm: &str, body: &[u8]) -> Option<String> {
    Some(match algorithm {
        "CRC32" => STANDARD.encode(crc32(body).to_be_bytes()),
        "CRC32C" => STANDARD.encode(crc32c(body).to_be_bytes()),
        "CRC64NVME" => STANDARD.encode(crc64nvme(body).to_be_bytes()),
        "MD5" => STANDARD.encode(Md5::digest(body)),
        "SHA1" => STANDARD.encode(Sha1::digest(body)),
        "SHA256" => STANDARD.encode(Sha256::digest(body)),
        "SHA512" => STANDARD.encode(Sha512::digest(body)),
        _ => return None,
    })
}

/// Adds the checksum of the body that the operation's `httpChecksum` trait lets it have: by the algorithm that the input
/// names, or CRC32, which the header of the algorithm then names. A checksum that the caller gave is kept. Source: the AWS
/// SDKs and Tools reference guide, "Data Integrity Protections for Amazon S3", `when_supported`.
///
/// # Errors
/// [`WireError::Request`] for an algorithm that is not offered.
pub fn add_checksum(
    service: &Service,
    operation: &Operation,
    input: &Value,
    request: &mut Unsigned,
) -> Result<(), WireError> {
    let trait_ = operation.checksum.as_deref();
    let member = trait_.and_then(|checksum| checksum.request_algorithm_member.as_deref());
    let required = operation.checksum_required || trait_.is_some_and(|checksum| checksum.request_required);
    if member.is_none() && !required || has_checksum(&request.headers) {
        return Ok(());
    }
    let named = member.and_then(|member| input.get(member)?.as_str());
    let algorithm = named.unwrap_or(DEFAULT);
    let problem =
        |text: String| WireError::Request { operation: operation.name.to_string(), problem: Problem::new(text) };
    let value = checksum(&algorithm.to_ascii_uppercase(), &request.body).ok_or_else(|| {
        problem(format!(
            "the checksum `{algorithm}` is not offered: use CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256 or SHA512"
        ))
    })?;
    set(&mut request.headers, &format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase()), &value)
        .map_err(&problem)?;
    if named.is_none()
        && let Some(name) = member.and_then(|member| header_of(service, operation, member))
    {
        set(&mut request.headers, &name, algorithm).map_err(problem)?;
    }
    Ok(())
}

/// A checksum in any of its headers, but not those that name or ask for one. `Content-MD5` goes beside one.
fn has_checksum(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let named = name.as_str().strip_prefix("x-amz-checksum-");
        named.is_some_and(|rest| !matches!(rest, "algorithm" | "mode" | "type"))
    })
}

/// The header that a member is written to.
fn header_of(service: &Service, operation: &Operation, member: &str) -> Option<String> {
    let shape = service.target(operation.input.as_ref()?);
    let member = shape.member(member).filter(|member| member.target.location == Some(Location::Header))?;
    Some(wire_name(&member.target, service.target(&member.target), &member.name).to_owned())
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let wrong = |_| format!("cannot be written as the header `{name}`");
    let name_ = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no header"))?;
    headers.insert(name_, HeaderValue::from_str(value).map_err(wrong)?);
    Ok(())
}

/// Compares the body of a response with the checksum that came with it, if the operation may have one. A checksum of
/// checksums, as of an object that was uploaded in parts, says nothing about the body's own bytes.
pub(super) fn verify(operation: &Operation, response: &Response) -> Result<(), Problem> {
    let Some(trait_) = operation.checksum.as_deref() else { return Ok(()) };
    if trait_.request_validation_mode_member.is_none() || response.body().is_empty() {
        return Ok(());
    }
    for algorithm in IN_RESPONSES {
        if !trait_.response_algorithms.iter().any(|known| &**known == algorithm) {
            continue;
        }
        let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
        if let Some(given) = header(response.headers(), &name) {
            if given.contains('-') {
                return Ok(());
            }
            let found = checksum(algorithm, response.body()).unwrap_or_default();
            return if found == given {
                Ok(())
            } else {
                Err(Problem::new(format!("the body's {algorithm} checksum is `{found}`, and `{given}` was expected")))
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_the_check_text() {
        let of = |algorithm| checksum(algorithm, b"123456789");
        assert_eq!(of("CRC32").as_deref(), Some("y/Q5Jg=="));
        assert_eq!(of("CRC32C").as_deref(), Some("4waSgw=="));
        assert_eq!(of("CRC64NVME").as_deref(), Some("rosUhgp5mIg="));
        assert_eq!(of("MD5").as_deref(), Some("JfnnlDI7RTiF9RgfG2JNCw=="));
        assert_eq!(of("SHA1").as_deref(), Some("98O8HYCOBHMq32eZZczDTKeuNEE="));
        assert_eq!(of("XXHASH3"), None);
    }

    #[test]
    fn answers_are_held_to_their_checksum() {
        let pack = crate::pack::Pack::embedded().unwrap();
        let s3 = pack.service("s3").unwrap();
        let verified = |operation: &str, headers: &[(&str, &str)]| {
            let mut response = http::Response::builder().status(200);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            let response = response.body(b"123456789".to_vec()).unwrap();
            verify(s3.operation(operation).unwrap(), &response).map_err(|problem| problem.to_string())
        };
        for algorithm in IN_RESPONSES {
            let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
            let right = checksum(algorithm, b"123456789").unwrap();
            let wrong = checksum(algorithm, b"12345678").unwrap();
            assert_eq!(verified("GetObject", &[(&name, &right)]), Ok(()), "{algorithm}");
            let offered = s3.operation("GetObject").unwrap().checksum.as_deref().unwrap();
            if offered.response_algorithms.iter().any(|known| &**known == algorithm) {
                let refused = verified("GetObject", &[(&name, &wrong)]).unwrap_err();
                assert!(refused.contains(&wrong) && refused.contains(&right), "{refused}");
            }
            // Of an object in three parts: a checksum of their checksums.
            assert_eq!(verified("GetObject", &[(&name, &format!("{wrong}-3"))]), Ok(()), "{algorithm}");
            // What an object's checksum is, where its bytes are no part of the answer.
            assert_eq!(verified("HeadBucket", &[(&name, &wrong)]), Ok(()), "{algorithm}");
        }
        assert_eq!(verified("GetObject", &[]), Ok(()));
    }
}
