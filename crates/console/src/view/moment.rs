//! Points in time on a page.

use bailiwick_ident::Timestamp;

/// A time: what is shown without JavaScript, and the exact one for hovering and for scripts.
pub(crate) struct Moment {
    /// RFC 3339, in UTC.
    pub(crate) exact: String,
    /// `10:42`.
    pub(crate) clock: String,
    /// `2026-11-22`.
    pub(crate) day: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        let exact = time.to_rfc3339();
        let clock = exact.get(11..16).unwrap_or_default().to_owned();
        let day = exact.get(..10).unwrap_or_default().to_owned();
        Moment { exact, clock, day }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_day_and_a_clock() {
        let moment = Moment::from(Timestamp::parse_rfc3339("2026-11-22T10:42:59Z").unwrap());
        assert_eq!((moment.day.as_str(), moment.clock.as_str()), ("2026-11-22", "10:42"));
    }
}
