use crate::NameError;

/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z. May lie before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// From whole seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Timestamp(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time moved by a number of seconds, at most to the ends of the range.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Timestamp(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Reads RFC 3339 text such as `2026-11-22T10:00:00Z` or `2026-11-22T10:00:00.123+01:00`. Fractions beyond
    /// milliseconds are cut.
    pub fn parse_rfc3339(text: &str) -> Result<Self, NameError> {
        let bad = |_| NameError::new(text, "a time such as 2026-11-22T10:00:00Z");
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Timestamp(time.as_millisecond())),
            Err(error) => last_days(text).ok_or_else(|| bad(error)),
        }
    }

    fn civil(self) -> jiff::civil::DateTime {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => jiff::tz::Offset::UTC.to_datetime(time),
            Err(_) => {
                let since = jiff::SignedDuration::from_millis(self.0);
                let end = if self.0 < 0 { jiff::civil::DateTime::MIN } else { jiff::civil::DateTime::MAX };
                EPOCH.checked_add(since).unwrap_or(end)
            }
        }
    }

    /// `2026-11-22T10:00:00Z`, without fractions.
    pub fn to_rfc3339(self) -> String {
        // Every request writes several of these, so that a format is not read each time.
        let at = self.civil();
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// `2026-11-22T10:00:00.123Z`, always with three digits of fraction.
    pub fn to_rfc3339_millis(self) -> String {
        self.civil().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
    }

    /// `20261122T100000Z`, the form of SigV4's `X-Amz-Date`.
    pub fn to_amz_date(self) -> String {
        self.civil().strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// `Sun, 22 Nov 2026 10:00:00 GMT`, the form of HTTP's `Date`.
    pub fn to_http_date(self) -> String {
        self.civil().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }
}

const EPOCH: jiff::civil::DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// The last two days of the year 9999, which many write for "never ends" and which the library counts to the next year, as
/// there are time zones where it has begun.
fn last_days(text: &str) -> Option<Timestamp> {
    let (civil, minutes) = match text.strip_suffix(['Z', 'z']) {
        Some(civil) => (civil, 0),
        None => {
            let (civil, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            (civil, if offset.starts_with('-') { -minutes } else { minutes })
        }
    };
    if !civil.starts_with("9999-12-3") {
        return None;
    }
    let at: jiff::civil::DateTime = civil.parse().ok()?;
    let millis = i64::try_from(at.duration_since(EPOCH).as_millis()).ok()?;
    Some(Timestamp(millis - minutes * 60_000))
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_rfc3339_millis())
    }
}

impl std::fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_rfc3339_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_forms_of_a_time() {
        let time = Timestamp::parse_rfc3339("2026-11-22T11:00:00.1239+01:00").unwrap();
        assert_eq!(time.to_rfc3339(), "2026-11-22T10:00:00Z");
        assert_eq!(time.to_rfc3339_millis(), "2026-11-22T10:00:00.123Z");
        assert_eq!(time.to_amz_date(), "20261122T100000Z");
        assert_eq!(time.to_http_date(), "Sun, 22 Nov 2026 10:00:00 GMT");
        assert_eq!(Timestamp::from_millis(-1).as_seconds(), -1);
        assert!(Timestamp::parse_rfc3339("yesterday").is_err());
        let never = Timestamp::parse_rfc3339("9999-12-31T23:59:59Z").unwrap();
        assert_eq!((never.as_seconds(), never.to_rfc3339().as_str()), (253_402_300_799, "9999-12-31T23:59:59Z"));
        assert_eq!(never.to_http_date(), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(
            Timestamp::parse_rfc3339("9999-12-31T23:59:59.5+02:00").unwrap().to_rfc3339_millis(),
            "9999-12-31T21:59:59.500Z"
        );
        assert!(Timestamp::parse_rfc3339("9999-12-32T23:59:59Z").is_err());
        assert!(Timestamp::from_millis(i64::MAX).to_rfc3339().starts_with("9999-12-31T23:59:59"));
    }
}
