//! What the status words of AWS services mean, as far as a colour needs to know.

use bailiwick_chat::Tone;

/// Parts of status words and their meaning; the first that occurs decides, so that `ROLLBACK_COMPLETE` is bad.
const WORDS: [(&str, Tone); 22] = [
    ("ROLLBACK", Tone::Bad),
    ("FAIL", Tone::Bad),
    ("ERROR", Tone::Bad),
    ("FAULT", Tone::Bad),
    ("ALARM", Tone::Bad),
    ("NON_COMPLIANT", Tone::Bad),
    ("TIMED_OUT", Tone::Bad),
    ("TIMED-OUT", Tone::Bad),
    ("TIMEDOUT", Tone::Bad),
    ("CANCEL", Tone::Caution),
    ("ABORTED", Tone::Caution),
    ("INSUFFICIENT", Tone::Caution),
    ("IN_PROGRESS", Tone::Waiting),
    ("IN-PROGRESS", Tone::Waiting),
    ("INPROGRESS", Tone::Waiting),
    ("PENDING", Tone::Waiting),
    ("STARTED", Tone::Waiting),
    ("COMPLETE", Tone::Good),
    ("SUCCE", Tone::Good),
    ("RESOLVED", Tone::Good),
    ("COMPLIANT", Tone::Good),
    ("CLOSED", Tone::Good),
];

/// The tone of a status word.
pub(crate) fn of_status(word: &str) -> Tone {
    let upper = word.to_ascii_uppercase();
    if upper == "OK" {
        return Tone::Good;
    }
    WORDS.iter().find(|(part, _)| upper.contains(part)).map_or(Tone::Neutral, |(_, tone)| *tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollback_that_completes_is_not_good() {
        for (word, tone) in [
            ("CREATE_COMPLETE", Tone::Good),
            ("UPDATE_ROLLBACK_COMPLETE", Tone::Bad),
            ("CREATE_IN_PROGRESS", Tone::Waiting),
            ("NON_COMPLIANT", Tone::Bad),
            ("COMPLIANT", Tone::Good),
            ("Succeeded", Tone::Good),
            ("ok", Tone::Good),
            ("TOKEN", Tone::Neutral),
        ] {
            assert_eq!(of_status(word), tone, "{word}");
        }
    }
}
