/// Milliseconds since 1970, from a number of seconds or from ISO 8601 text.
pub(super) fn millis(text: &str) -> Option<i64> {
    let mut scan = Scan { rest: text.as_bytes() };
    if let Some(seconds) = seconds(text.as_bytes()) {
        return Some(seconds * 1000);
    }
    let year = scan.digits(4)?;
    let mut month = 1;
    let mut day = 1;
    if scan.take(b'-') {
        month = scan.digits(2)?;
        if scan.take(b'-') {
            day = scan.digits(2)?;
            let clock = if scan.take(b'T') || scan.take(b't') { scan.clock()? } else { 0 };
            return scan.rest.is_empty().then_some(day_number(year, month, day)? * 86_400_000 + clock);
        }
    }
    scan.rest.is_empty().then_some(day_number(year, month, day)? * 86_400_000)
}

/// A sign and one to fifteen digits; four digits without a sign are a year.
fn seconds(bytes: &[u8]) -> Option<i64> {
    let (sign, digits) = match bytes.first()? {
        b'-' => (-1, bytes.get(1..)?),
        b'+' => (1, bytes.get(1..)?),
        _ => (1, bytes),
    };
    if digits.is_empty() || digits.len() > 15 || bytes.len() == 4 {
        return None;
    }
    let mut value = 0i64;
    for byte in digits {
        value = value * 10 + i64::from(byte.checked_sub(b'0').filter(|digit| *digit <= 9)?);
    }
    Some(sign * value)
}

struct Scan<'t> {
    rest: &'t [u8],
}

impl Scan<'_> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        let mut value = 0;
        for byte in digits {
            value = value * 10 + i64::from(byte.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        }
        self.rest = rest;
        Some(value)
    }

    /// Hours and minutes, seconds and their fraction, and a zone, to the end.
    fn clock(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        if !self.take(b':') {
            return None;
        }
        let minute = self.digits(2)?;
        let mut second = 0;
        let mut millis = 0;
        if self.take(b':') {
            second = self.digits(2)?;
            if self.take(b'.') {
                millis = self.fraction()?;
            }
        }
        let east = self.zone()?;
        let valid = hour <= 23 && minute <= 59 && second <= 59 && self.rest.is_empty();
        valid.then_some(((hour * 60 + minute - east) * 60 + second) * 1000 + millis)
    }

    fn fraction(&mut self) -> Option<i64> {
        let mut value = 0;
        let mut weight = 100;
        let mut count = 0;
        while let Some((byte, rest)) = self.rest.split_first().filter(|(byte, _)| byte.is_ascii_digit()) {
            value += i64::from(byte - b'0') * weight;
            weight /= 10;
            count += 1;
            self.rest = rest;
        }
        (1..=18).contains(&count).then_some(value)
    }

    fn zone(&mut self) -> Option<i64> {
        if self.rest.is_empty() || self.take(b'Z') || self.take(b'z') {
            return Some(0);
        }
        let sign = if self.take(b'-') {
            -1
        } else if self.take(b'+') {
            1
        } else {
            return None;
        };
        let hours = self.digits(2)?;
        let colon = self.take(b':');
        let minutes = if self.rest.is_empty() && !colon { 0 } else { self.digits(2)? };
        (hours <= 18 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that leap days fall at their end.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = *[31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        .get(usize::try_from(month - 1).ok()?)?;
    if day < 1 || day > length {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}
