use super::{Problem, ProblemKind, Step};

/// The report of the AWS CLI, of those problems that it sees: `Parameter validation failed:` and one line each. `None` if
/// it sees none.
pub fn client_message(problems: &[Problem]) -> Option<String> {
    let lines: Vec<String> =
        problems.iter().filter(|problem| problem.kind.is_seen_by_client()).map(client_line).collect();
    (!lines.is_empty()).then(|| format!("Parameter validation failed:\n{}", lines.join("\n")))
}

/// The message of AWS's services: `1 validation error detected: Value 'x' at 'topicName' failed to satisfy constraint: …`.
/// `None` if there is no problem. The code is `ValidationError` in query protocols, else `ValidationException`.
pub fn service_message(problems: &[Problem]) -> Option<String> {
    let count = problems.len();
    let parts: Vec<String> = problems.iter().map(service_part).collect();
    let plural = if count == 1 { "" } else { "s" };
    (count > 0).then(|| format!("{count} validation error{plural} detected: {}", parts.join("; ")))
}

fn client_path(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Element(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) => text.push_str(&format!(" (key: {key})")),
            Step::Entry(name) | Step::Member(name) => text.push_str(&format!(".{name}")),
        }
    }
    match text.strip_prefix('.') {
        Some(rest) => rest.to_owned(),
        None if text.is_empty() => "input".to_owned(),
        None => text,
    }
}

fn client_line(problem: &Problem) -> String {
    let path = client_path(&problem.path);
    let shown = problem.shown.as_deref().unwrap_or("***");
    match &problem.kind {
        ProblemKind::Missing { member } => format!("Missing required parameter in {path}: \"{member}\""),
        ProblemKind::Unknown { member, known } => {
            format!("Unknown parameter in {path}: \"{member}\", must be one of: {}", known.join(", "))
        }
        ProblemKind::Type { found, expected } => {
            format!("Invalid type for parameter {path}, value: {shown}, type: {found}, valid types: {expected}")
        }
        ProblemKind::TooShort { length, min } => {
            format!("Invalid length for parameter {path}, value: {length}, valid min length: {min}")
        }
        ProblemKind::TooSmall { min } => {
            format!("Invalid value for parameter {path}, value: {shown}, valid min value: {min}")
        }
        // botocore's text runs the two words together.
        ProblemKind::Union { count: 0, known } => {
            format!("Must set one of the following keys for tagged unionstructure {path}: {}.", known.join(", "))
        }
        ProblemKind::Union { known, .. } => format!(
            "Invalid number of parameters set for tagged union structure {path}. Can only set one of the following \
             keys: {}.",
            known.join(", ")
        ),
        ProblemKind::Null => {
            format!("Invalid type for parameter {path}, value: None, type: null, valid types: a value")
        }
        ProblemKind::TooLong { max } => {
            format!("Invalid length for parameter {path}, value: {shown}, valid max length: {max}")
        }
        ProblemKind::TooLarge { max } => {
            format!("Invalid value for parameter {path}, value: {shown}, valid max value: {max}")
        }
        ProblemKind::Pattern { pattern } => {
            format!("Invalid value for parameter {path}, value: {shown}, valid pattern: {pattern}")
        }
        ProblemKind::Enum { values } => {
            format!("Invalid value for parameter {path}, value: {shown}, valid values: {}", values.join(", "))
        }
        ProblemKind::Elements { .. } => format!("Invalid value for parameter {path}: {}", constraint(&problem.kind)),
        ProblemKind::Limit => format!("Invalid value for parameter {path}: it is nested too deeply or too large"),
    }
}

/// `roleName`, `tags.1.member.key`, `attributes.Name.member`: members with a small first letter, elements from one.
fn service_path(path: &[Step], last: Option<&str>) -> String {
    let mut parts = Vec::new();
    for step in path {
        match step {
            Step::Element(index) => parts.extend([(index + 1).to_string(), "member".to_owned()]),
            Step::Key(key) | Step::Entry(key) => parts.extend([key.clone(), "member".to_owned()]),
            Step::Member(name) => parts.push(small(name)),
        }
    }
    parts.extend(last.map(small));
    parts.join(".")
}

fn small(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn service_part(problem: &Problem) -> String {
    let last = match &problem.kind {
        ProblemKind::Missing { member } | ProblemKind::Unknown { member, .. } => Some(member.as_str()),
        _ => None,
    };
    let (path, constraint) = (service_path(&problem.path, last), constraint(&problem.kind));
    let value = match (&problem.kind, &problem.shown) {
        (ProblemKind::Missing { .. } | ProblemKind::Null, _) => "Value null".to_owned(),
        (_, Some(shown)) => format!("Value '{shown}'"),
        (_, None) => "Value".to_owned(),
    };
    format!("{value} at '{path}' failed to satisfy constraint: {constraint}")
}

fn constraint(kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::Missing { .. } | ProblemKind::Null => "Member must not be null".to_owned(),
        ProblemKind::Unknown { .. } => "Member must be known".to_owned(),
        ProblemKind::Type { expected, .. } => format!("Member must be a {expected}"),
        ProblemKind::TooShort { min, .. } => format!("Member must have length greater than or equal to {min}"),
        ProblemKind::TooLong { max } => format!("Member must have length less than or equal to {max}"),
        ProblemKind::TooSmall { min } => format!("Member must have value greater than or equal to {min}"),
        ProblemKind::TooLarge { max } => format!("Member must have value less than or equal to {max}"),
        ProblemKind::Pattern { pattern } => format!("Member must satisfy regular expression pattern: {pattern}"),
        ProblemKind::Enum { values } => format!("Member must satisfy enum value set: [{}]", values.join(", ")),
        ProblemKind::Elements { constraints } => {
            let all: Vec<String> = constraints.iter().map(constraint).collect();
            format!("Member must satisfy constraint: [{}]", all.join(", "))
        }
        ProblemKind::Union { .. } => "Member must have exactly one member set".to_owned(),
        ProblemKind::Limit => "Member must not be nested too deeply or too large".to_owned(),
    }
}
