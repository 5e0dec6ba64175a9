use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::Unsigned;
use crate::model::Operation;
use crate::protocol::problem::{Problem, WireError};
use crate::value::Value;

/// The polynomials of the two cyclic redundancy checks, bits reversed.
const CRC32: u32 = 0xedb8_8320;
const CRC32C: u32 = 0x82f6_3b78;

/// Adds the checksum of the body that the operation's `httpChecksum` trait asks for: by the algorithm that the input
/// names, or CRC32 where one is required and none is named. A checksum that is already there is kept.
///
/// # Errors
/// [`WireError::Request`] for an algorithm other than `CRC32`, `CRC32C` and `SHA256`.
pub fn add_checksum(operation: &Operation, input: &Value, request: &mut Unsigned) -> Result<(), WireError> {
    let Some(checksum) = operation.checksum.as_deref() else { return Ok(()) };
    if request.headers.keys().any(|name| name.as_str().starts_with("x-amz-checksum-")) {
        return Ok(());
    }
    let named = checksum.request_algorithm_member.as_deref().and_then(|member| input.get(member)?.as_str());
    let (name, value) = match named {
        None if !checksum.request_required => return Ok(()),
        None | Some("CRC32") => ("x-amz-checksum-crc32", STANDARD.encode(crc(CRC32, &request.body).to_be_bytes())),
        Some("CRC32C") => ("x-amz-checksum-crc32c", STANDARD.encode(crc(CRC32C, &request.body).to_be_bytes())),
        Some("SHA256") => ("x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(&request.body))),
        Some(other) => {
            return Err(WireError::Request {
                operation: operation.name.to_string(),
                problem: Problem::new(format!("the checksum `{other}` is not offered: use CRC32, CRC32C or SHA256")),
            });
        }
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        request.headers.insert(HeaderName::from_static(name), value);
    }
    if named.is_none() {
        request.headers.insert("x-amz-sdk-checksum-algorithm", HeaderValue::from_static("CRC32"));
    }
    Ok(())
}

fn crc(polynomial: u32, bytes: &[u8]) -> u32 {
    let start = u32::MAX;
    !bytes.iter().fold(start, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_catalogue() {
        assert_eq!(crc(CRC32, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(CRC32C, b"123456789"), 0xe306_9283);
        assert_eq!(crc(CRC32, b""), 0);
    }
}
