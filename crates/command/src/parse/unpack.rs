//! The words of one option to the value of its member.

use super::mistake::shown;
use super::scan::Given;
use super::shorthand::{self, ShorthandError};
use super::{Attachment, Dialect, Mistake, MistakeKind, Setting};
use crate::python;
use bailiwick_aws::Value;
use bailiwick_aws::model::{Kind, Location, Member, Service, ShapeRef};
use bailiwick_aws::value::json::{BlobFormat, from_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

/// The members that were given, by name.
pub(super) type Params = IndexMap<String, Unpacked>;

/// A member's value before the model's types are put on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unpacked {
    Bytes(Vec<u8>),
    Json(Json),
    /// A structure of which only one member is given, as bytes.
    Part(String, Vec<u8>),
}

/// Whether a member has a value.
pub(super) fn is_given(params: &Params, member: &str) -> bool {
    params.contains_key(member)
}

/// A whole number as Python's `int` reads it.
pub(super) fn whole(text: &str) -> Option<i64> {
    whole_of_any_size(text)?.parse().ok()
}

/// The text of a whole number as Python's `int` reads it, which knows no limits.
pub(super) fn whole_of_any_size(text: &str) -> Option<String> {
    let text = python::without_underscores(text.trim())?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.then_some(text)
}

/// A number as Python's `float` reads it, without those that JSON cannot say.
pub(super) fn real(text: &str) -> Option<f64> {
    let text = python::without_underscores(text.trim())?;
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads values of one operation's options.
pub(super) struct Unpacker<'a> {
    pub(super) service: &'a Service,
    pub(super) command: &'a str,
    pub(super) operation: &'a str,
    pub(super) setting: &'a Setting<'a>,
    pub(super) blobs: BlobFormat,
}

/// Operations that take lists of one-member structures as plain words, from before there was shorthand.
const PLAIN_LISTS: [(&str, &str, &str); 8] = [
    ("firehose", "put-record-batch", "records"),
    ("workspaces", "reboot-workspaces", "reboot-workspace-requests"),
    ("workspaces", "rebuild-workspaces", "rebuild-workspace-requests"),
    ("workspaces", "terminate-workspaces", "terminate-workspace-requests"),
    ("elb", "remove-tags", "tags"),
    ("elb", "describe-instance-health", "instances"),
    ("elb", "deregister-instances-from-load-balancer", "instances"),
    ("elb", "register-instances-with-load-balancer", "instances"),
];

impl Unpacker<'_> {
    pub(super) fn wrong(&self, option: &str, what: &str) -> Mistake {
        Mistake::new(MistakeKind::Value, self.command, &format!("`--{option}`: {what}"))
    }

    /// The attachment that a `file://` or `fileb://` value names; nothing when the value names none.
    pub(super) fn attachment(&self, option: &str, value: &str) -> Result<Option<&Attachment>, Mistake> {
        let Some(path) = value.strip_prefix("fileb://").or_else(|| value.strip_prefix("file://")) else {
            return Ok(None);
        };
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let found =
            self.setting.attachments.iter().find(|attachment| attachment.name == name || attachment.name == path);
        found.map(Some).ok_or_else(|| {
            let wrong =
                format!("`--{option}`: there is no attachment `{}`; attach the file to the message", shown(name));
            Mistake::new(MistakeKind::Attachment, self.command, &wrong)
        })
    }

    /// A value, or the text of the attachment that it names.
    pub(super) fn text(&self, option: &str, value: &str) -> Result<String, Mistake> {
        match self.attachment(option, value)? {
            None => Ok(value.to_owned()),
            Some(attachment) => String::from_utf8(attachment.bytes.clone())
                .map_err(|_| self.wrong(option, &format!("the attachment `{}` is not text", shown(&attachment.name)))),
        }
    }

    /// The bytes of a blob's value.
    pub(super) fn bytes(&self, option: &str, value: &str) -> Result<Vec<u8>, Mistake> {
        if let Some(attachment) = self.attachment(option, value)? {
            return Ok(attachment.bytes.clone());
        }
        match self.blobs {
            BlobFormat::RawInBase64Out => Ok(value.as_bytes().to_vec()),
            BlobFormat::Base64 => STANDARD.decode(value).map_err(|_| {
                self.wrong(option, "it is not base64; write it in base64 or leave `--cli-binary-format base64` out")
            }),
        }
    }

    /// The value of a member from what its option was given.
    pub(super) fn member(&self, option: &str, member: &Member, given: &Given) -> Result<Unpacked, Mistake> {
        let shape = self.service.target(&member.target);
        let words: &[String] = match given {
            Given::Bare => &[],
            Given::One(word) => std::slice::from_ref(word),
            Given::Many(words) => words,
        };
        // A list of one word may be the name of an attachment that holds the list.
        let loaded = match words {
            [only] if !matches!(shape.kind, Kind::Blob) => {
                self.attachment(option, only)?.map(|_| self.text(option, only))
            }
            _ => None,
        };
        let loaded = loaded.transpose()?;
        let list = matches!(shape.kind, Kind::List(_));
        match (&loaded, words) {
            (Some(text), _) if list => self.list_text(option, &member.target, text),
            (Some(text), _) => self.single(option, member, text),
            (None, words) if list => self.list(option, &member.target, words),
            (None, [word, ..]) => self.single(option, member, word),
            (None, []) => Err(self.wrong(option, "a value is missing")),
        }
    }

    fn json(&self, option: &str, text: &str) -> Result<Unpacked, Mistake> {
        match serde_json::from_str(text) {
            Ok(json) => Ok(Unpacked::Json(json)),
            Err(error) => Err(self.wrong(option, &format!("it is not JSON ({error})"))),
        }
    }

    fn single(&self, option: &str, member: &Member, text: &str) -> Result<Unpacked, Mistake> {
        let target = &member.target;
        let shape = self.service.target(target);
        if shape.is_document() || target.json_value && target.location == Some(Location::Header) {
            return self.json(option, text);
        }
        match &shape.kind {
            Kind::Blob if shape.streaming || target.streaming => self.stream(option, text),
            Kind::Blob => self.bytes(option, text).map(Unpacked::Bytes),
            Kind::Structure(_) | Kind::Map { .. } => {
                if text.trim_start().starts_with('{') {
                    return self.json(option, text);
                }
                if text.trim_start().starts_with('[') || !self.has_shorthand(target) {
                    return Err(self.wrong(option, "JSON is expected"));
                }
                if let [only] = shape.members()
                    && &*only.name == "Value"
                    && matches!(self.service.target(&only.target).kind, Kind::String)
                    && !text.contains('=')
                {
                    return Ok(Unpacked::Json(json!({"Value": text})));
                }
                self.shorthand(option, target, text).map(Unpacked::Json)
            }
            _ => self.scalar(option, target, text).map(Unpacked::Json),
        }
    }

    /// A body that is read as a stream: an attachment, by its name alone or as `file://` and `fileb://` name it. The AWS CLI
    /// takes a path and nothing else.
    fn stream(&self, option: &str, text: &str) -> Result<Unpacked, Mistake> {
        if self.setting.dialect == Dialect::Cli && (text.starts_with("file://") || text.starts_with("fileb://")) {
            let wrong = format!("`--{option}`: it takes the path of a file, without `file://` or `fileb://`");
            return Err(Mistake::new(MistakeKind::Value, self.command, &wrong));
        }
        let named = self.setting.attachments.iter().find(|attachment| attachment.name == text);
        match named.map(Ok).or_else(|| self.attachment(option, text).transpose()) {
            Some(attachment) => Ok(Unpacked::Bytes(attachment?.bytes.clone())),
            None => {
                let wrong = format!("`--{option}`: it takes a file; attach one to the message and give its name");
                Err(Mistake::new(MistakeKind::Attachment, self.command, &wrong))
            }
        }
    }

    fn scalar(&self, option: &str, target: &ShapeRef, text: &str) -> Result<Json, Mistake> {
        let shape = self.service.target(target);
        let expected = |what: &str| self.wrong(option, &format!("`{}` is not {what}", shown(text)));
        Ok(match &shape.kind {
            Kind::Integer | Kind::Long => json!(whole(text).ok_or_else(|| expected("a whole number"))?),
            Kind::Float | Kind::Double => json!(real(text).ok_or_else(|| expected("a number"))?),
            Kind::Boolean => json!(!text.eq_ignore_ascii_case("false") && !text.is_empty()),
            // In a list, bytes are given as text and written as the format says.
            _ => json!(text),
        })
    }

    fn list(&self, option: &str, target: &ShapeRef, words: &[String]) -> Result<Unpacked, Mistake> {
        let shape = self.service.target(target);
        let Some(element) = shape.element() else { return Err(self.wrong(option, "a list is expected")) };
        if let [only] = words
            && only.trim().starts_with('[')
        {
            return self.json(option, only);
        }
        let looks_like_json = words.first().is_some_and(|word| word.trim().starts_with(['[', '{']));
        if !looks_like_json && self.has_shorthand(target) {
            if PLAIN_LISTS.contains(&(self.command, self.operation, option))
                && let [only] = self.service.target(element).members()
            {
                let wrapped: Vec<Json> = words.iter().map(|word| json!({&*only.name: word})).collect();
                return Ok(Unpacked::Json(json!(wrapped)));
            }
            let items = words.iter().map(|word| self.parse_shorthand(option, word)).collect::<Result<Vec<_>, _>>()?;
            let mut list = Json::Array(items);
            shorthand::fit(self.service, target, &mut list).map_err(|error| self.wrong(option, &error.wrong))?;
            return Ok(Unpacked::Json(list));
        }
        let items = words.iter().map(|word| self.element(option, element, word)).collect::<Result<Vec<_>, _>>()?;
        Ok(Unpacked::Json(Json::Array(items)))
    }

    fn element(&self, option: &str, element: &ShapeRef, word: &str) -> Result<Json, Mistake> {
        let shape = self.service.target(element);
        let json = |text: &str| match self.json(option, text)? {
            Unpacked::Json(json) => Ok(json),
            _ => Err(self.wrong(option, "JSON is expected")),
        };
        match &shape.kind {
            _ if shape.is_document() => json(word),
            Kind::Structure(_) | Kind::Map { .. } if word.trim_start().starts_with('{') => json(word),
            Kind::List(_) if word.trim_start().starts_with('[') => json(word),
            Kind::Structure(_) | Kind::Map { .. } | Kind::List(_) => Err(self.wrong(option, "JSON is expected")),
            _ => self.scalar(option, element, word),
        }
    }

    /// A list from an attachment: JSON, or one element in shorthand on each line.
    fn list_text(&self, option: &str, target: &ShapeRef, text: &str) -> Result<Unpacked, Mistake> {
        if text.trim_start().starts_with('[') {
            return self.json(option, text);
        }
        let lines: Vec<String> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        self.list(option, target, &lines)
    }

    fn parse_shorthand(&self, option: &str, text: &str) -> Result<Json, Mistake> {
        let files = |value: &str| match self.attachment(option, value) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                self.text(option, value).map(Some).map_err(|mistake| ShorthandError { wrong: mistake.wrong })
            }
            Err(mistake) => Err(ShorthandError { wrong: mistake.wrong }),
        };
        shorthand::parse(text, &files).map_err(|error| self.wrong(option, &error.wrong))
    }

    fn shorthand(&self, option: &str, target: &ShapeRef, text: &str) -> Result<Json, Mistake> {
        let mut value = self.parse_shorthand(option, text)?;
        shorthand::fit(self.service, target, &mut value).map_err(|error| self.wrong(option, &error.wrong))?;
        Ok(value)
    }

    /// Structures, maps and lists of them may be written in shorthand; documents may not.
    fn has_shorthand(&self, target: &ShapeRef) -> bool {
        let mut current = self.service.target(target);
        let mut complex = !matches!(current.kind, Kind::List(_));
        for _ in 0..bailiwick_aws::value::MAX_DEPTH {
            let inner = match &current.kind {
                Kind::List(element) => element,
                Kind::Map { value, .. } => value,
                _ => break,
            };
            current = self.service.target(inner);
            complex |= matches!(current.kind, Kind::Structure(_) | Kind::Map { .. } | Kind::List(_));
        }
        complex && !current.is_document()
    }

    /// The model's types put on a member's value.
    pub(super) fn typed(&self, option: &str, target: &ShapeRef, unpacked: Unpacked) -> Result<Value, Mistake> {
        let json = match unpacked {
            Unpacked::Bytes(bytes) => return Ok(Value::Blob(bytes)),
            Unpacked::Part(member, bytes) => return Ok(Value::map([(member, Value::Blob(bytes))])),
            Unpacked::Json(json) => json,
        };
        from_json(self.service, target, &json, self.blobs).map_err(|error| {
            let path = if error.path().is_empty() { String::new() } else { format!(" at `{}`", error.path()) };
            self.wrong(option, &format!("{}{path}", error.reason()))
        })
    }
}
