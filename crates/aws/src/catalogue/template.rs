//! Makes ARNs of an operation's input by the templates of the map.
//!
//! A template holds `${Partition}`, `${Region}`, `${Account}`, paths into the input such as `${Tags[].Key}`, and one
//! function at most: `%%iftruthy%V%THEN%ELSE%%`, `%%iftemplatematch%V%%`, `%%regex%V%/re/g%%`, `%%urlencode%V%%`,
//! `%%many%A%B%%`.

use regex::Regex;

use super::reference::Template;
use crate::value::Value;

/// No template makes more ARNs than these.
const MAX_ARNS: usize = 256;

/// Where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPlace<'a> {
    /// The partition, such as `aws`.
    pub partition: &'a str,
    /// The Region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
}

/// What a template comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expanded {
    /// These ARNs.
    Arns(Vec<String>),
    /// The template says that it does not apply to this input.
    NotApplicable,
    /// The input does not hold what the template needs, or the result is no ARN of one resource.
    Unresolved,
}

/// Fills a template. `format` is the ARN format of the template's resource type.
pub fn expand(template: &Template, format: Option<&str>, place: &CallPlace<'_>, input: &Value) -> Expanded {
    let Some(texts) = fill(&template.arn, format, place, input) else { return Expanded::Unresolved };
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return Expanded::NotApplicable;
    }
    let mut arns = Vec::with_capacity(texts.len());
    for text in texts {
        let arn = match embedded_arn(&text) {
            // A member that may be a name or an ARN was given as an ARN.
            Some(arn) if format.is_none_or(|format| has_format(format, arn)) => arn.to_owned(),
            Some(_) => return Expanded::Unresolved,
            None => text,
        };
        // A `*` is the template's way to say that it does not know; `*` in a name stays a name's.
        if !arn.starts_with("arn:") || template.arn.contains('*') || bailiwick_ident::Arn::parse(&arn).is_err() {
            return Expanded::Unresolved;
        }
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    Expanded::Arns(arns)
}

/// An ARN that was put where a name belongs: `arn:aws:sns:r:a:arn:aws:sns:r:a:name`.
fn embedded_arn(text: &str) -> Option<&str> {
    let at = text.get(1..)?.find("arn:")? + 1;
    let before = text.as_bytes().get(at - 1)?;
    matches!(before, b':' | b'/').then(|| text.get(at..)).flatten()
}

fn fill(template: &str, format: Option<&str>, place: &CallPlace<'_>, input: &Value) -> Option<Vec<String>> {
    let Some((head, rest)) = template.split_once("%%") else { return paths(template, place, input) };
    let (name, rest) = rest.split_once('%')?;
    let mut end = rest.find("%%")?;
    // An empty last argument leaves three signs; the end is the last two.
    while rest.as_bytes().get(end + 2) == Some(&b'%') {
        end += 1;
    }
    let (body, tail) = (rest.get(..end)?, rest.get(end + 2..)?);
    let middle = function(name, body, format, place, input)?;
    let heads = paths(head, place, input)?;
    let tails = fill(tail, format, place, input)?;
    if middle.iter().all(String::is_empty) && head.is_empty() {
        return Some(Vec::new());
    }
    product(&product(&heads, &middle)?, &tails)
}

fn function(name: &str, body: &str, format: Option<&str>, place: &CallPlace<'_>, input: &Value) -> Option<Vec<String>> {
    match name {
        "many" => {
            // Every argument that the input holds; one at least.
            let found: Vec<String> =
                body.split('%').filter_map(|argument| paths(argument, place, input)).flatten().collect();
            (!found.is_empty() && found.len() <= MAX_ARNS).then_some(found)
        }
        "iftruthy" => {
            let mut arguments = body.splitn(3, '%');
            let (value, then, otherwise) = (arguments.next()?, arguments.next()?, arguments.next().unwrap_or_default());
            let truthy = paths(value, place, input).is_some_and(|values| values.iter().any(|value| is_truthy(value)));
            paths(if truthy { then } else { otherwise }, place, input)
        }
        "iftemplatematch" => {
            let values = paths(body, place, input)?;
            let format = format?;
            Some(values.into_iter().filter(|value| has_format(format, value)).collect())
        }
        "regex" => {
            let (value, regex) = body.split_once("%/")?;
            let regex = Regex::new(regex.rsplit_once('/')?.0).ok()?;
            let capture = |text: String| Some(regex.captures(&text)?.get(1)?.as_str().to_owned());
            paths(value, place, input)?.into_iter().map(capture).collect()
        }
        "urlencode" => {
            Some(paths(body, place, input)?.iter().map(|text| crate::http::percent_encode(text, b"")).collect())
        }
        _ => None,
    }
}

fn is_truthy(text: &str) -> bool {
    !matches!(text, "" | "false" | "0")
}

fn product(heads: &[String], tails: &[String]) -> Option<Vec<String>> {
    if heads.len().checked_mul(tails.len())? > MAX_ARNS {
        return None;
    }
    Some(heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect())
}

/// Text with `${...}`; one result for each combination of values. `None` if a value is not there.
fn paths(template: &str, place: &CallPlace<'_>, input: &Value) -> Option<Vec<String>> {
    let mut all = vec![String::new()];
    let mut rest = template;
    while let Some((plain, tail)) = rest.split_once("${") {
        let (path, tail) = tail.split_once('}')?;
        let values = match path {
            "Partition" => vec![place.partition.to_owned()],
            "Region" => vec![place.region.to_owned()],
            "Account" => vec![place.account.to_owned()],
            path => {
                let mut found = Vec::new();
                collect(input, &path.split('.').collect::<Vec<_>>(), &mut found)?;
                found
            }
        };
        if values.is_empty() {
            return None;
        }
        all = product(&product(&all, &[plain.to_owned()])?, &values)?;
        rest = tail;
    }
    product(&all, &[rest.to_owned()])
}

/// Every text at a path. `None` if a part of it is not there or is no text.
fn collect(value: &Value, path: &[&str], found: &mut Vec<String>) -> Option<()> {
    let Some((step, rest)) = path.split_first() else {
        found.push(match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            _ => return None,
        });
        return (found.len() <= MAX_ARNS).then_some(());
    };
    let (name, each) = match step.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (*step, false),
    };
    let members = value.as_map()?;
    // The map was made with names of another library, which differ from the API's in case at most.
    let member =
        members.get(name).or_else(|| Some(members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1))?;
    match each {
        false => collect(member, rest, found),
        true => member.as_list()?.iter().try_for_each(|element| collect(element, rest, found)),
    }
}

/// Whether an ARN has the format of a resource type. A placeholder in the middle stands for text without `:` and `/`, the
/// last one for any text; a bucket's name holds no `/`.
pub(crate) fn has_format(format: &str, arn: &str) -> bool {
    let mut pattern = String::from(r"\A");
    let mut rest = format;
    while let Some((plain, tail)) = rest.split_once("${") {
        let Some((name, tail)) = tail.split_once('}') else { return false };
        pattern.push_str(&regex::escape(plain));
        pattern.push_str(match (name, tail) {
            ("Partition" | "Region" | "Account", _) => "[^:/]*",
            ("BucketName", "") => "[^:/]+",
            (_, "") => ".+",
            _ => "[^:/]+",
        });
        rest = tail;
    }
    // The reference writes `*` where the resource's name has no documented form.
    pattern.push_str(&regex::escape(rest).replace(r"\*", ".*"));
    pattern.push_str(r"\z");
    Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(arn))
}
