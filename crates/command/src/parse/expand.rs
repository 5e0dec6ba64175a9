//! Programs of the AWS CLI around API calls that come to exactly one call here, and how they print its answer.
//! Source: the AWS CLI, version 1, `s3` commands.

use super::mistake::{self, shown};
use super::scan::{is_option, take_own};
use super::{Call, Dialect, Found, Grammar, Mistake, MistakeKind, Options};
use crate::lex::Word;
use crate::output::s3::Listing;
use crate::render::quote;
use bailiwick_aws::Value;
use serde_json::json;

/// The Region whose buckets name no place.
const AT_HOME: &str = "us-east-1";

/// Says where `s3 mb` makes its bucket, for a command that named no Region.
pub(super) fn in_region(call: &mut Call, region: &str) {
    let makes = |listing: &Listing| matches!(listing, Listing::Done { program, .. } if program.get(1).is_some_and(|sub| sub == "mb"));
    if region == AT_HOME || !call.listing.as_ref().is_some_and(makes) {
        return;
    }
    if let Some(members) = call.input.as_map_mut() {
        let place = || Value::map([("LocationConstraint", Value::from(region))]);
        members.entry("CreateBucketConfiguration".to_owned()).or_insert_with(place);
    }
}

/// A command that stands for one call.
pub(super) struct Expanded {
    pub(super) found: Found,
    /// The words after the operation.
    pub(super) words: Vec<Word>,
    /// The words of the whole call, for reading it again.
    pub(super) line: Vec<Word>,
    pub(super) listing: Option<Listing>,
}

/// What the words after `s3 SUB` say.
#[derive(Default)]
struct Said {
    flags: Vec<String>,
    /// Options with a value.
    valued: Vec<(String, String)>,
    loose: Vec<String>,
}

impl Said {
    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.valued.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the words after `s3`: `ls`, `mb`, `rb`, `website`, `rm` of one object and `cp` of one object to another place in S3 stand
/// for one call each. `Err` names the operations to call for all others.
pub(super) fn s3(grammar: &Grammar, words: &[Word], options: &Options, dialect: Dialect) -> Result<Expanded, Mistake> {
    let at = words.iter().position(|word| !is_option(word, dialect));
    let sub = at.and_then(|at| words.get(at)).map(|word| word.text.as_str());
    let rest: Vec<Word> =
        words.iter().enumerate().filter(|(place, _)| Some(*place) != at).map(|(_, w)| w.clone()).collect();
    let (rest, account) = without_account(&rest, dialect);
    let options = &Options { account: account.or_else(|| options.account.clone()), ..options.clone() };
    let instead = || mistake::custom_command("s3", sub);
    let (flags, valued): (&[&str], &[&str]) = match sub {
        Some("ls") => (&["recursive", "human-readable", "summarize"], &["page-size"]),
        Some("cp" | "mb" | "rb" | "rm") => (&[], &[]),
        Some("website") => (&[], &["index-document", "error-document"]),
        Some("mv") => return Err(move_instead(&rest, dialect).unwrap_or_else(instead)),
        Some("sync") => return Err(sync_instead(&rest, dialect).unwrap_or_else(instead)),
        _ => return Err(instead()),
    };
    let Some(said) = said(&rest, flags, valued, dialect) else {
        return Err(many_instead(sub, &rest, dialect).unwrap_or_else(instead));
    };
    match (sub, said.loose.as_slice()) {
        (Some("ls"), []) => {
            let listing = Listing::Buckets { summarize: said.has("summarize") };
            call(grammar, "list-buckets", Vec::new(), Some(listing), options)
        }
        (Some("ls"), [path]) => {
            let (bucket, prefix) = bucket_and_key(path);
            if bucket.is_empty() {
                return call(
                    grammar,
                    "list-buckets",
                    Vec::new(),
                    Some(Listing::Buckets { summarize: said.has("summarize") }),
                    options,
                );
            }
            let mut given = vec![("bucket", bucket.to_owned()), ("prefix", prefix.to_owned())];
            if !said.has("recursive") {
                given.push(("delimiter", "/".to_owned()));
            }
            given.extend(said.value("page-size").map(|size| ("page-size", size.to_owned())));
            let listing = Listing::Objects {
                whole_keys: said.has("recursive"),
                human_readable: said.has("human-readable"),
                summarize: said.has("summarize"),
            };
            call(grammar, "list-objects-v2", given, Some(listing), options)
        }
        (Some("mb"), [path]) => {
            let bucket = bucket_alone(path).ok_or_else(|| {
                let wrong = "`s3 mb` wants a bucket such as `s3://my-bucket`";
                Mistake::new(MistakeKind::CustomCommand, "s3", wrong).suggest("s3 mb s3://BUCKET")
            })?;
            let mut given = vec![("bucket", bucket.to_owned())];
            // Where no Region is named, `in_region` says later where the bucket is to lie.
            if let Some(region) = options.region.as_deref().filter(|region| *region != AT_HOME) {
                given.push(("create-bucket-configuration", format!("LocationConstraint={region}")));
            }
            let done = done(format!("make_bucket: {bucket}"), &["mb", path]);
            call(grammar, "create-bucket", given, Some(done), options)
        }
        (Some("rb"), [path]) => {
            let bucket = bucket_alone(path).ok_or_else(instead)?;
            let done = done(format!("remove_bucket: {bucket}"), &["rb", path]);
            call(grammar, "delete-bucket", vec![("bucket", bucket.to_owned())], Some(done), options)
        }
        (Some("rm"), [path]) => {
            let (bucket, key) = bucket_and_key(path);
            if bucket.is_empty() || key.is_empty() || !path.starts_with("s3://") {
                return Err(instead());
            }
            let done = done(format!("delete: s3://{bucket}/{key}"), &["rm", path]);
            let given = vec![("bucket", bucket.to_owned()), ("key", key.to_owned())];
            call(grammar, "delete-object", given, Some(done), options)
        }
        (Some("website"), [path]) => {
            let (bucket, _) = place(path).filter(|(_, key)| key.is_empty()).ok_or_else(instead)?;
            let mut documents = serde_json::Map::new();
            for (option, document, member) in
                [("index-document", "IndexDocument", "Suffix"), ("error-document", "ErrorDocument", "Key")]
            {
                documents.extend(said.value(option).map(|name| (document.to_owned(), json!({ member: name }))));
            }
            let given = vec![
                ("bucket", bucket.to_owned()),
                ("website-configuration", serde_json::Value::Object(documents).to_string()),
            ];
            call(grammar, "put-bucket-website", given, None, options)
        }
        (Some("cp"), [from, to]) => {
            let (Some((bucket, key)), Some((to_bucket, to_key))) = (object(from), place(to)) else {
                return Err(instead());
            };
            // A folder keeps the name of what is put into it.
            let name = key.rsplit('/').next().unwrap_or(key);
            let to_key =
                if to_key.is_empty() || to_key.ends_with('/') { format!("{to_key}{name}") } else { to_key.to_owned() };
            let line = format!("copy: s3://{bucket}/{key} to s3://{to_bucket}/{to_key}");
            let given =
                vec![("bucket", to_bucket.to_owned()), ("copy-source", format!("{bucket}/{key}")), ("key", to_key)];
            call(grammar, "copy-object", given, Some(done(line, &["cp", from, to])), options)
        }
        _ => Err(instead()),
    }
}

fn done(line: String, words: &[&str]) -> Listing {
    Listing::Done { line, program: ["s3"].iter().chain(words).map(|word| (*word).to_owned()).collect() }
}

/// An object by its address; none for a folder or a bucket.
fn object(path: &str) -> Option<(&str, &str)> {
    place(path).filter(|(_, key)| !key.is_empty() && !key.ends_with('/'))
}

/// A bucket with a key, which may be empty.
fn place(path: &str) -> Option<(&str, &str)> {
    let (bucket, key) = bucket_and_key(path.strip_prefix("s3://")?);
    (!bucket.is_empty()).then_some((bucket, key))
}

/// To move an object takes two calls, which are two commands here: each is confirmed, and the second is for when the first has
/// succeeded.
fn move_instead(words: &[Word], dialect: Dialect) -> Option<Mistake> {
    let said = said(words, &[], &[], dialect)?;
    let [from, to] = said.loose.as_slice() else { return None };
    object(from).zip(place(to))?;
    let wrong = format!(
        "`s3 mv` is a copy and a deletion, which are two commands here: `s3 cp {0} {1}`, and when that is done `s3 rm {0}`",
        quote(from),
        quote(to)
    );
    Some(Mistake::new(MistakeKind::CustomCommand, "s3", &wrong).suggest(&format!(
        "s3 cp {} {}",
        quote(from),
        quote(to)
    )))
}

/// To remove many objects, or a bucket with all that is in it, begins with looking at what there is.
fn many_instead(sub: Option<&str>, words: &[Word], dialect: Dialect) -> Option<Mistake> {
    let said = said(words, &["recursive", "force"], &[], dialect)?;
    let [path] = said.loose.as_slice() else { return None };
    let (bucket, _) = place(path)?;
    let (does, then) = match sub? {
        "rm" if said.flags == ["recursive"] => ("lists objects and deletes each of them", String::new()),
        "rb" if said.flags == ["force"] => (
            "deletes all objects of a bucket and then the bucket",
            format!(", and at last `s3 rb s3://{}`", quote(bucket)),
        ),
        _ => return None,
    };
    let look = format!("s3 ls {} --recursive", quote(path));
    let wrong = format!(
        "`s3 {} --{}` {does}, in as many calls as it takes; here each is a command of its own: see what there is with `{look}`, delete up to 1,000 at once with `s3api delete-objects --bucket {} --delete 'Objects=[{{Key=KEY}},{{Key=KEY}}]'`{then}",
        sub?,
        said.flags.concat(),
        quote(bucket),
    );
    Some(Mistake::new(MistakeKind::CustomCommand, "s3", &wrong).suggest(&look))
}

/// To bring two folders in line takes a look at both and a copy for each object that differs.
fn sync_instead(words: &[Word], dialect: Dialect) -> Option<Mistake> {
    let said = said(words, &["delete"], &[], dialect)?;
    let [from, to] = said.loose.as_slice() else { return None };
    let look = [from, to].map(|path| place(path).map(|_| format!("s3 ls {} --recursive", quote(path))));
    let [Some(here), Some(there)] = look else { return None };
    let wrong = format!(
        "`s3 sync` compares two places and copies what differs, in as many calls as it takes; here each is a command of its own: see what there is with `{here}` and `{there}`, and copy an object with `s3 cp s3://BUCKET/KEY s3://BUCKET/KEY`"
    );
    Some(Mistake::new(MistakeKind::CustomCommand, "s3", &wrong).suggest(&here))
}

/// The words without `--account`, and its value.
fn without_account(words: &[Word], dialect: Dialect) -> (Vec<Word>, Option<String>) {
    let (mut others, mut account, mut at) = (Vec::with_capacity(words.len()), None, 0);
    while let Some(word) = words.get(at) {
        match take_own(words, at, dialect) {
            Some((_, Some(value), after)) => {
                account = Some(value);
                at = after;
            }
            // Without a value it is nothing that the expansion takes over.
            _ => {
                others.push(word.clone());
                at += 1;
            }
        }
    }
    (others, account)
}

/// The options and paths; `None` for anything that the expansion does not take over.
fn said(words: &[Word], flags: &[&str], valued: &[&str], dialect: Dialect) -> Option<Said> {
    let mut said = Said::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !is_option(word, dialect) {
            said.loose.push(word.text.clone());
            continue;
        }
        let name = word.text.trim_start_matches('-');
        match name.split_once('=') {
            Some((name, value)) if valued.contains(&name) => said.valued.push((name.to_owned(), value.to_owned())),
            None if valued.contains(&name) => said.valued.push((name.to_owned(), words.next()?.text.clone())),
            None if flags.contains(&name) => said.flags.push(name.to_owned()),
            _ => return None,
        }
    }
    Some(said)
}

/// `s3://bucket/key`, the scheme left out or not.
fn bucket_and_key(path: &str) -> (&str, &str) {
    let path = path.strip_prefix("s3://").unwrap_or(path);
    path.split_once('/').unwrap_or((path, ""))
}

/// The bucket of a path that names nothing more.
fn bucket_alone(path: &str) -> Option<&str> {
    let (bucket, key) = bucket_and_key(path.strip_prefix("s3://").filter(|_| path.starts_with("s3://"))?);
    (!bucket.is_empty() && key.is_empty()).then_some(bucket)
}

fn call(
    grammar: &Grammar,
    operation: &str,
    given: Vec<(&str, String)>,
    listing: Option<Listing>,
    options: &Options,
) -> Result<Expanded, Mistake> {
    let internal =
        || Mistake::new(MistakeKind::Internal, "s3", &format!("there is no operation `{}`", shown(operation)));
    let (command, service) = grammar.service("s3api", Dialect::Cli)?.ok_or_else(internal)?;
    let found = grammar.operation_of(&command, &service, operation, Dialect::Cli).ok_or_else(internal)?;
    let mut words = Vec::new();
    for (name, value) in given {
        words.push(Word::plain(format!("--{name}")));
        words.push(Word { text: value, quoted: true });
    }
    let account = options
        .account
        .iter()
        .flat_map(|value| [Word::plain("--account".to_owned()), Word { text: value.clone(), quoted: true }]);
    let mut line = vec![Word::plain(command), Word::plain(operation.to_owned())];
    words.extend(account);
    line.extend(words.iter().cloned());
    if let Some(region) = &options.region {
        line.extend([Word::plain("--region".to_owned()), Word { text: region.clone(), quoted: true }]);
    }
    Ok(Expanded { found, words, line, listing })
}
