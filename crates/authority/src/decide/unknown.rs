//! Resources that cannot be known from the call. The call is decided with a name that nothing but a wildcard matches; if
//! any statement could answer otherwise for the real name, the unknown part matters, and that is a denial.

use bailiwick_policy::{Effect, Layers, Policy};

/// Stands for the unknown part of an ARN: no policy names it, so only wildcards match it.
const PLACEHOLDER: &str = "\u{a0}unknown\u{a0}";

/// The ARN to decide with.
pub(super) fn placeholder(form: &str) -> String {
    form.replace('*', PLACEHOLDER)
}

/// In a form: any text without a colon. The unknown part of an ARN is a name in one of its parts.
const NAME: char = '\u{1}';

/// Whether a text exists that both patterns match: `*` any text, `?` any character, [`NAME`] any text without a colon.
fn overlap(left: &[char], right: &[char]) -> bool {
    let star = |c: Option<&char>| matches!(c, Some('*' | &NAME));
    // A star takes what the other side asks for, if it may.
    let takes = |star: Option<&char>, other: Option<&char>| match (star, other) {
        (Some('*'), _) => true,
        (Some(&NAME), Some(':')) => false,
        (Some(&NAME), _) => true,
        _ => false,
    };
    // reachable[j]: the patterns left[..i] and right[..j] match a common text.
    let mut reachable = vec![true];
    for j in 0..right.len() {
        reachable.push(reachable.get(j) == Some(&true) && star(right.get(j)));
    }
    for i in 0..left.len() {
        let a = left.get(i);
        let mut next = vec![reachable.first() == Some(&true) && star(a)];
        for j in 0..right.len() {
            let b = right.get(j);
            let (both, up, along) =
                (reachable.get(j) == Some(&true), reachable.get(j + 1) == Some(&true), next.get(j) == Some(&true));
            next.push(if star(a) || star(b) {
                // A star takes nothing, or what stands on the other side.
                (star(a) && (up || (along && takes(a, b)))) || (star(b) && (along || (up && takes(b, a))))
            } else {
                both && (a == b || a == Some(&'?') || b == Some(&'?'))
            });
        }
        reachable = next;
    }
    reachable.last() == Some(&true)
}

/// A form as a pattern: in a whole ARN the unknown parts are names, in the beginning of one they are anything.
fn form_pattern(form: &str) -> Vec<char> {
    let whole = form.split(':').count() >= 6;
    form.chars().map(|c| if c == '*' && whole { NAME } else { c }).collect()
}

fn may_match(pattern: &str, form: &str) -> bool {
    // Variables stand for anything, which is the reading that denies.
    let mut plain = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        plain.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    overlap(&chars(&plain), &form_pattern(form))
}

fn glob(pattern: &str, text: &str) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase().chars().collect::<Vec<_>>();
    overlap(&lower(pattern), &lower(text))
}

/// A statement whose answer could differ for the real resource: the name of its policy.
fn differs<'a>(policy: &'a Policy, action: &str, form: &str) -> Option<&'a str> {
    let document = policy.document()?;
    // What costs least and leaves the fewest comes first: policies of thousands of actions mostly allow them on everything.
    let hit = document.statements.iter().any(|statement| {
        let Some(resource) = &statement.resource else { return false };
        // An Allow on a part of the resources does not help the placeholder, and so is on the safe side already.
        if statement.effect.value == Effect::Allow && !resource.negated {
            return false;
        }
        let specific = |pattern: &str| pattern != "*" && may_match(pattern, form) && !covers(pattern, form);
        resource.patterns.iter().any(|pattern| specific(&pattern.value))
            && statement.action.patterns.iter().any(|pattern| glob(&pattern.value, action)) != statement.action.negated
    });
    hit.then(|| policy.name())
}

/// Whether the pattern matches every text of the form.
fn covers(pattern: &str, form: &str) -> bool {
    // The placeholder holds what no pattern spells, so a pattern that matches it does so by its wildcards.
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    !pattern.contains("${") && overlap(&chars(pattern), &chars(&placeholder(form)))
}

/// The policy for which the unknown part of the resource matters, if there is one.
pub(super) fn matters<'a>(layers: &'a Layers, action: &str, form: &str) -> Option<&'a str> {
    let flat = [&layers.identity, &layers.boundary, &layers.session, &layers.guardrail, &layers.endpoint];
    let flat = flat.into_iter().flatten().flatten();
    let levels = [&layers.scp, &layers.rcp].into_iter().flatten().flatten().flatten();
    flat.chain(levels).chain(&layers.resource).find_map(|policy| differs(policy, action, form))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_policy::PolicyType;

    fn with(document: &str) -> Layers {
        Layers { identity: Some(vec![Policy::read("p", PolicyType::Identity, document)]), ..Layers::default() }
    }

    const FORM: &str = "arn:aws:ec2:us-east-1:444455556666:instance/*";

    #[test]
    fn patterns_overlap_when_one_text_fits_both() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (left, right, expected) in [
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("a?c", "abc", true),
            ("abc", "abd", false),
            ("", "", true),
            ("*", "", true),
            ("a", "", false),
        ] {
            assert_eq!(overlap(&chars(left), &chars(right)), expected, "{left} {right}");
        }
        for (pattern, expected) in [
            ("arn:aws:ec2:*:*:volume/*", false),
            ("arn:aws:ec2:*:*:instance/i-1", true),
            ("arn:aws:ec2:*", true),
            ("*:instance/i-?", true),
            ("arn:aws:ec2:us-west-2:*", false),
        ] {
            assert_eq!(may_match(pattern, FORM), expected, "{pattern}");
        }
    }

    #[test]
    fn a_deny_on_one_resource_matters_when_the_resource_is_not_known() {
        let statement = |effect: &str, resource: &str| {
            with(&format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"ec2:Stop*",{resource}}}}}"#
            ))
        };
        let one = r#""Resource":"arn:aws:ec2:us-east-1:444455556666:instance/i-1""#;
        let matters_for = |layers: &Layers| matters(layers, "ec2:StopInstances", FORM).is_some();
        assert!(matters_for(&statement("Deny", one)));
        assert!(!matters_for(&statement("Allow", one)), "the placeholder does not match it, so it grants nothing");
        assert!(!matters_for(&statement("Deny", r#""Resource":"*""#)), "the engine sees this one itself");
        assert!(!matters_for(&statement("Deny", r#""Resource":"arn:aws:ec2:*:*:volume/*""#)));
        assert!(matters_for(&statement("Allow", r#""NotResource":"arn:aws:ec2:*:*:instance/i-1""#)));
        assert!(matters_for(&statement("Deny", r#""Resource":"arn:aws:ec2:*:*:instance/${aws:username}""#)));
    }

    /// A policy on exactly what was guessed grants nothing, and one that denies exactly that denies.
    #[test]
    fn a_guess_never_turns_a_deny_into_an_allow() {
        use crate::{Call, facts};
        use bailiwick_aws::catalogue::{CallPlace, Expanded, expand};
        use bailiwick_aws::{Value, pack::Pack};
        use bailiwick_policy::compiled::Engine;
        use bailiwick_policy::{Context, Outcome, Principal, Request, Resource};

        let pack = Pack::embedded().unwrap();
        let principal = Principal::from_arn_text("arn:aws:iam::444455556666:user/dana").unwrap();
        let place = CallPlace { partition: "aws", region: "us-east-1", account: "444455556666" };
        let mut decided = 0;
        for service in pack.services() {
            let Ok(Some(map)) = pack.action_map(service) else { continue };
            for operation in map.operations.iter().step_by(7) {
                for mapped in &operation.actions {
                    let Some(template) = mapped.templates.first().filter(|template| template.guess) else { continue };
                    let (Some(path), None) = (template.arn.split("${").nth(4), template.arn.split("${").nth(5)) else {
                        continue;
                    };
                    let member = path.split('}').next().unwrap_or_default();
                    let input = Value::map([(member, Value::from("abc"))]);
                    let Expanded::Arns(guessed) = expand(template, None, &place, &input) else { continue };
                    let call = Call {
                        service: service.to_owned(),
                        operation: operation.name.to_string(),
                        account: "444455556666".parse().unwrap(),
                        region: "us-east-1".parse().unwrap(),
                        partition: "aws".parse().unwrap(),
                        input,
                    };
                    let facts::CallFacts::Checks(checks) = facts::of_catalogue(&pack, &call) else { continue };
                    let action = &mapped.action;
                    let statement = |effect: &str, resource: &str| {
                        format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}"#)
                    };
                    let document =
                        |statements: &str| with(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#));
                    let allowed = |layers: &Layers| {
                        checks.iter().filter(|check| check.action.to_string() == **action).all(|check| {
                            let facts::Subject::Unknown(form) = &check.subject else { return false };
                            let request = Request {
                                principal: principal.clone(),
                                action: action.to_string(),
                                resource: Resource::Arn(placeholder(form)),
                                resource_account: None,
                                wildcard_only: false,
                                context: Context::new(),
                            };
                            Engine::compile(layers).decide(&request) == Outcome::Allowed
                                && matters(layers, action, form).is_none()
                        })
                    };
                    let arn = &guessed[0];
                    assert!(!allowed(&document(&statement("Allow", arn))), "{action} {arn}");
                    let but = format!("{},{}", statement("Allow", "*"), statement("Deny", arn));
                    assert!(!allowed(&document(&but)), "{action} {arn}");
                    assert!(allowed(&document(&statement("Allow", "*"))), "{action} {arn}");
                    decided += 1;
                }
            }
        }
        assert!(decided > 200, "{decided}");
    }
}
