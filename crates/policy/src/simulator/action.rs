use crate::lint::{ActionFacts, Known, Vocabulary};

/// What is known of an action to be simulated.
pub(super) fn facts(name: &str, vocabulary: &dyn Vocabulary) -> Known<ActionFacts> {
    let (service, action) = name.split_once(':').unwrap_or((name, ""));
    match vocabulary.service(&service.to_ascii_lowercase()) {
        Known::Yes(facts) => facts.action(action).cloned().map_or(Known::No, Known::Yes),
        Known::No => Known::No,
        Known::Unknown => Known::Unknown,
    }
}

/// Whether the action acts on resources of this kind. Nothing is refused of an action that is not known.
pub(super) fn takes(action: &Known<ActionFacts>, arn: &str) -> bool {
    match action {
        Known::Yes(facts) => facts.resources.iter().any(|template| matches_template(template, arn)),
        Known::No | Known::Unknown => true,
    }
}

/// What `EvalResourceName` calls several resources: the template of the first kind the action takes, in the simulator's spelling.
pub(super) fn template(action: &Known<ActionFacts>, arns: &[String]) -> String {
    let Known::Yes(facts) = action else { return "*".to_owned() };
    let fitting = |template: &&String| arns.iter().any(|arn| matches_template(template, arn));
    let Some(template) = facts.resources.iter().find(fitting).or_else(|| facts.resources.first()) else {
        return "*".to_owned();
    };
    let partition = arns.first().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    let template = template.replace("${Partition}", partition);
    // The simulator has its own names for what the authorization reference calls otherwise.
    match template.split(':').nth(2) {
        Some("iam") => format!("arn:{partition}:iam::${{Account}}:${{ResourceType}}/${{ResourceName}}"),
        Some("s3") => template.replace("${ObjectName}", "${KeyName}"),
        _ => template,
    }
}

/// Compares part by part; a `${...}` stands for any text, but a name of one piece does not reach into the next part.
fn matches_template(template: &str, arn: &str) -> bool {
    let parts: Vec<&str> = split_arn(template);
    let texts: Vec<&str> = split_arn(arn);
    parts.len() == 6 && texts.len() == 6 && parts.iter().zip(&texts).all(|(part, text)| matches_part(part, text))
}

fn split_arn(arn: &str) -> Vec<&str> {
    arn.splitn(6, ':').collect()
}

fn matches_part(part: &str, text: &str) -> bool {
    let Some((before, rest)) = part.split_once("${") else { return part == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    let Some((_, after)) = rest.split_once('}') else { return false };
    if after.is_empty() {
        return true;
    }
    // Every place where what follows the name may begin.
    (0..=text.len())
        .filter(|at| text.is_char_boundary(*at))
        .any(|at| text.get(at..).is_some_and(|tail| matches_part(after, tail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_match_their_templates() {
        let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        assert!(matches_template(object, "arn:aws:s3:::reports/2026/q1.csv"));
        assert!(!matches_template(object, "arn:aws:s3:::reports"));
        assert!(!matches_template(object, "arn:aws:iam::111122223333:user/dana"));
        let user = "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}";
        assert!(matches_template(user, "arn:aws:iam::111122223333:user/team/dana"));
        assert!(!matches_template(user, "arn:aws:iam::111122223333:role/dana"));
    }
}
