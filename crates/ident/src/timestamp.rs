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
        let time: jiff::Timestamp = text.parse().map_err(bad)?;
        Ok(Timestamp(time.as_millisecond()))
    }

    fn civil(self) -> jiff::civil::DateTime {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::UTC.to_datetime(time)
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
    }
}
