use super::*;

fn call(service: &str, operation: &str, input: Value) -> Call {
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        account: "444455556666".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        partition: "aws".parse().unwrap(),
        input,
    }
}

/// Actions with what they are asked on: `=` an ARN, `?` the form of one that is not known, `*` nothing in particular.
fn asked(service: &str, operation: &str, members: &[(&str, Value)]) -> Vec<String> {
    let pack = Pack::embedded().unwrap();
    let input = Value::map(members.iter().map(|(name, value)| (*name, value.clone())));
    let CallFacts::Checks(checks) = facts(&pack, &call(service, operation, input)) else { panic!("{operation}") };
    let text = |check: &Check| match &check.subject {
        Subject::Any => format!("{} *", check.action),
        Subject::Arn(arn) => format!("{} = {arn}", check.action),
        Subject::Unknown(form) => format!("{} ? {form}", check.action),
    };
    checks.iter().map(text).collect()
}

#[test]
fn a_role_is_passed_only_where_the_input_names_one() {
    let stack = ("StackName", Value::from("web"));
    let create = "cloudformation:CreateStack ? arn:aws:cloudformation:us-east-1:444455556666:stack/web/*";
    assert_eq!(asked("cloudformation", "CreateStack", std::slice::from_ref(&stack)), [create]);
    let role = ("RoleARN", Value::from("arn:aws:iam::444455556666:role/deploy"));
    assert_eq!(
        asked("cloudformation", "CreateStack", &[stack, role]),
        [create, "iam:PassRole = arn:aws:iam::444455556666:role/deploy"]
    );
    let passes = |found: &[String]| found.iter().any(|check| check.starts_with("iam:PassRole"));
    let image = ("ImageId", Value::from("ami-1"));
    assert!(!passes(&asked("ec2", "RunInstances", std::slice::from_ref(&image))));
    // A profile has a role, which the call does not say.
    let profile = ("IamInstanceProfile", Value::map([("Name", Value::from("app"))]));
    let with_profile = asked("ec2", "RunInstances", &[image, profile]);
    assert!(with_profile.contains(&"iam:PassRole ? arn:aws:*".to_owned()), "{with_profile:?}");
}

#[test]
fn a_template_of_another_type_is_not_about_the_input() {
    let arn = Value::from("arn:aws:elasticloadbalancing:us-east-1:444455556666:loadbalancer/net/a/1");
    let found = asked("elbv2", "AddTags", &[("ResourceArns", Value::list([arn]))]);
    assert!(found.iter().all(|check| check.contains("loadbalancer/net/a/1") || check.contains('?')), "{found:?}");
    let other = asked("amplify", "TagResource", &[("resourceArn", Value::from("arn:aws:s3:::b"))]);
    assert!(other.iter().all(|check| check.contains(" ? ")), "{other:?}");
    let own = "arn:aws:amplify:us-east-1:444455556666:apps/d1";
    let found = asked("amplify", "TagResource", &[("resourceArn", Value::from(own))]);
    assert_eq!(found, [format!("amplify:TagResource = {own}")]);
}

/// A value for every path of a template, so that the template can be filled.
fn filling(templates: &[Template]) -> Value {
    let mut input = Value::empty();
    for path in templates.iter().flat_map(|template| members(&template.arn)) {
        put(&mut input, &path.split('.').collect::<Vec<_>>());
    }
    input
}

fn put(place: &mut Value, path: &[&str]) {
    let Some((step, rest)) = path.split_first() else {
        *place = Value::from("abc");
        return;
    };
    let (name, each) = step.strip_suffix("[]").map_or((*step, false), |name| (name, true));
    let Some(members) = place.as_map_mut() else { return };
    let inside = members.entry(name.to_owned()).or_insert_with(|| match each {
        true => Value::list([Value::empty()]),
        false => Value::empty(),
    });
    match inside {
        Value::List(items) if each => items.iter_mut().for_each(|item| put(item, rest)),
        inside => put(inside, rest),
    }
}

/// Over the whole catalogue: what was guessed never stands for a resource, and has a part that is not known.
#[test]
fn a_guess_is_never_a_resource() {
    let pack = Pack::embedded().unwrap();
    let mut guesses = 0;
    for service in pack.services() {
        let Ok(Some(map)) = pack.action_map(service) else { continue };
        for operation in &map.operations {
            let actions = operation.actions.iter();
            let guessed: Vec<_> =
                actions.filter(|action| action.templates.iter().any(|template| template.guess)).collect();
            for action in guessed {
                let call = call(service, &operation.name, filling(&action.templates));
                let CallFacts::Checks(checks) = facts(&pack, &call) else { continue };
                let name = ActionName::parse(&action.action).unwrap();
                let of_action: Vec<_> = checks.iter().filter(|check| check.action == name).collect();
                let surely = action.templates.iter().any(|template| !template.guess);
                for check in of_action {
                    guesses += 1;
                    match &check.subject {
                        Subject::Unknown(form) => assert!(form.contains('*'), "{service} {}: {form}", operation.name),
                        Subject::Arn(arn) => assert!(surely, "{service} {}: {arn}", operation.name),
                        Subject::Any => {}
                    }
                }
            }
        }
    }
    assert!(guesses > 5_000, "{guesses}");
}
