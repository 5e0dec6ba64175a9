//! What `s3 ls`, `s3 cp`, `s3 mb`, `s3 rb` and `s3 rm` print, as the AWS CLI, version 1, prints it. The CLI prints times in the
//! zone of its computer; here they are in UTC, since those who read a channel are in several.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// How an answer is printed instead of by `--output`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// The buckets, one a line.
    Buckets {
        /// With their number at the end.
        summarize: bool,
    },
    /// This line, whatever the answer.
    Done {
        /// The line.
        line: String,
        /// The words of the program.
        program: Vec<String>,
    },
    /// Prefixes and objects, one a line.
    Objects {
        /// The whole key of an object, not only what is after the last slash.
        whole_keys: bool,
        /// Sizes such as `1.5 KiB`.
        human_readable: bool,
        /// With the number and size of all at the end.
        summarize: bool,
    },
}

impl Listing {
    /// Whether there is nothing to list: neither prefixes nor objects.
    pub fn is_empty(&self, response: &Json) -> bool {
        let nothing = |name| list(response, name).is_empty();
        matches!(self, Listing::Objects { .. }) && nothing("CommonPrefixes") && nothing("Contents")
    }

    /// What a program that did not do its work says before the reason, such as `delete failed: s3://bucket/key`.
    pub fn failed(&self) -> Option<String> {
        let Listing::Done { line, program } = self else { return None };
        let (what, to) = line.split_once(": ")?;
        // The line names the bucket alone where one was made or removed.
        let to = if to.starts_with("s3://") { to } else { program.get(2)? };
        Some(format!("{what} failed: {to}"))
    }

    /// The text of an answer, with a line feed after each line.
    pub fn print(&self, response: &Json) -> String {
        match self {
            // The summary counts objects, of which a listing of buckets has none.
            Listing::Buckets { summarize } => buckets(response) + summary(*summarize, 0, "0").as_str(),
            Listing::Done { line, .. } => format!("{line}\n"),
            Listing::Objects { whole_keys, human_readable, summarize } => {
                objects(response, *whole_keys, *human_readable, *summarize)
            }
        }
    }
}

fn list<'a>(response: &'a Json, name: &str) -> &'a [Json] {
    response.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Json, name: &str) -> &'a str {
    value.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// `2026-11-22 10:00:00` of `2026-11-22T10:00:00.000Z`.
fn moment(value: &Json, name: &str) -> String {
    let time: String = text(value, name).chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect();
    format!("{time:<19}")
}

fn buckets(response: &Json) -> String {
    let line = |bucket: &Json| format!("{} {}\n", moment(bucket, "CreationDate"), text(bucket, "Name"));
    list(response, "Buckets").iter().map(line).collect()
}

fn objects(response: &Json, whole_keys: bool, human_readable: bool, summarize: bool) -> String {
    let mut out = String::new();
    for prefix in list(response, "CommonPrefixes") {
        let name = text(prefix, "Prefix");
        let last = name.strip_suffix('/').unwrap_or(name).rsplit('/').next().unwrap_or_default();
        let _ = writeln!(out, "{:>30} {last}/", "PRE");
    }
    let contents = list(response, "Contents");
    let size_of = |object: &Json| object.get("Size").and_then(Json::as_u64).unwrap_or(0);
    let size_text = |size: u64| if human_readable { human(size) } else { size.to_string() };
    for object in contents {
        let key = text(object, "Key");
        let name = if whole_keys { key } else { key.rsplit('/').next().unwrap_or(key) };
        let _ = writeln!(out, "{} {:>10} {name}", moment(object, "LastModified"), size_text(size_of(object)));
    }
    let total: u64 = contents.iter().map(size_of).fold(0, u64::saturating_add);
    out + summary(summarize, contents.len(), &size_text(total)).as_str()
}

fn summary(wanted: bool, objects: usize, size: &str) -> String {
    if wanted { format!("\nTotal Objects: {objects}\n   Total Size: {size}\n") } else { String::new() }
}

/// A size as the AWS CLI writes it for people.
fn human(size: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    match size {
        1 => return "1 Byte".to_owned(),
        0..1024 => return format!("{size} Bytes"),
        _ => {}
    }
    let mut value = size as f64;
    let mut last = "";
    for unit in UNITS {
        value /= 1024.0;
        last = unit;
        // The number of the next unit begins where this one would be rounded to 1024.
        if value.round() < 1024.0 {
            break;
        }
    }
    format!("{value:.1} {last}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn listings_as_the_cli_prints_them() {
        let response = json!({"Buckets": [{"Name": "logs", "CreationDate": "2026-01-02T03:04:05.000Z"}]});
        assert_eq!(Listing::Buckets { summarize: false }.print(&response), "2026-01-02 03:04:05 logs\n");
        let response = json!({
            "CommonPrefixes": [{"Prefix": "a/b/"}],
            "Contents": [{"Key": "a/x.txt", "Size": 2048, "LastModified": "2026-01-02T03:04:05+00:00"}],
        });
        let plain = Listing::Objects { whole_keys: false, human_readable: false, summarize: true };
        let expected = "                           PRE b/\n2026-01-02 03:04:05       2048 x.txt\n\nTotal Objects: 1\n   Total Size: 2048\n";
        assert_eq!(plain.print(&response), expected);
        assert!(!plain.is_empty(&response) && plain.is_empty(&json!({"KeyCount": 0})));
        let done = |line: &str, program: &[&str]| {
            let program = program.iter().map(|word| (*word).to_owned()).collect();
            Listing::Done { line: line.to_owned(), program }
        };
        assert_eq!(done("make_bucket: b", &["s3", "mb", "s3://b"]).failed().unwrap(), "make_bucket failed: s3://b");
        let removed = done("delete: s3://b/k", &["s3", "rm", "s3://b/k"]);
        assert_eq!(removed.failed().unwrap(), "delete failed: s3://b/k");
        let whole = Listing::Objects { whole_keys: true, human_readable: true, summarize: false };
        assert!(whole.print(&response).ends_with("2026-01-02 03:04:05    2.0 KiB a/x.txt\n"));
        assert_eq!(
            (human(0), human(1), human(1023), human(1 << 20)),
            ("0 Bytes".to_owned(), "1 Byte".to_owned(), "1023 Bytes".to_owned(), "1.0 MiB".to_owned())
        );
    }
}
