//! Signature Version 4 in the header form, with the key of the day kept. Source: AWS's IAM guide, "Create a signed request".

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Credentials with the scope they sign for.
pub struct Key {
    id: String,
    secret: String,
    token: Option<String>,
    region: String,
    service: String,
    of_day: RefCell<(String, [u8; 32])>,
}

fn mac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(data);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// `YYYYMMDDTHHMMSSZ` of a time in seconds. Source of the calendar: Howard Hinnant's "chrono-compatible low-level date
/// algorithms".
fn amz_date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

impl Key {
    /// These credentials.
    pub fn new(id: String, secret: String, token: Option<String>, region: &str, service: &str) -> Key {
        let (region, service) = (region.to_owned(), service.to_owned());
        Key { id, secret, token, region, service, of_day: RefCell::new((String::new(), [0; 32])) }
    }

    /// A whole signed request: head and body.
    pub fn request(&self, host: &str, content_type: &str, target: Option<&str>, body: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
        let date = amz_date(now);
        let day = &date[..8];
        let mut headers = vec![("content-type", content_type), ("host", host), ("x-amz-date", date.as_str())];
        headers.extend(self.token.as_deref().map(|token| ("x-amz-security-token", token)));
        headers.extend(target.map(|target| ("x-amz-target", target)));
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut canonical = "POST\n/\n\n".to_owned();
        for (name, value) in &headers {
            let _ = writeln!(canonical, "{name}:{value}");
        }
        let _ = write!(canonical, "\n{names}\n{}", hex(&Sha256::digest(body)));
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let mut of_day = self.of_day.borrow_mut();
        if of_day.0 != day {
            let start = mac(format!("AWS4{}", self.secret).as_bytes(), day.as_bytes());
            let scoped = mac(&mac(&start, self.region.as_bytes()), self.service.as_bytes());
            *of_day = (day.to_owned(), mac(&scoped, b"aws4_request"));
        }
        let signature = hex(&mac(&of_day.1, text.as_bytes()));
        let mut request = "POST / HTTP/1.1\r\n".to_owned();
        for (name, value) in &headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        let _ = write!(
            request,
            "authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            self.id,
            body.len()
        );
        request
    }
}
