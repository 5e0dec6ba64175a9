//! Numbers of typed context entries, in the one spelling that the simulator compares as text.

/// Reads a decimal number and writes it as Java's `BigDecimal` prints it: trailing zeros are kept, leading ones and `+` are not,
/// and a number with a positive exponent or a very small one is written with `E`. `None` for what is no number.
pub(super) fn canonical(text: &str) -> Option<String> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 1_000 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let unscaled = if significant.is_empty() { "0" } else { significant };
    let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
    let length = i64::try_from(unscaled.len()).ok()?;
    let adjusted = length - 1 - scale;
    let body = if scale >= 0 && adjusted >= -6 {
        plain(unscaled, usize::try_from(scale).ok()?)
    } else {
        let (first, rest) = unscaled.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        match adjusted {
            0 => format!("{first}{point}{rest}"),
            _ => format!("{first}{point}{rest}E{adjusted:+}"),
        }
    };
    let sign = if negative && unscaled != "0" { "-" } else { "" };
    Some(format!("{sign}{body}"))
}

/// Whether a text is a number to the simulator's numeric operators.
pub(super) fn is_number(text: &str) -> bool {
    canonical(text).is_some()
}

fn plain(unscaled: &str, scale: usize) -> String {
    if scale == 0 {
        return unscaled.to_owned();
    }
    let padded = format!("{unscaled:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for (text, expected) in [
            ("1", "1"),
            ("01.00", "1.00"),
            ("+1", "1"),
            ("-0.50", "-0.50"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e2", "1E+2"),
            ("1.5e1", "15"),
            ("12e3", "1.2E+4"),
            ("1e9999", "1E+9999"),
            ("0.0000001", "1E-7"),
            ("0.000001", "0.000001"),
            ("000", "0"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
        for bad in ["", "-", ".", "e1", "1e", "0x10", " 1", "1 ", "NaN", "Infinity", "1e99999999999", "1.2.3", "--1"] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
