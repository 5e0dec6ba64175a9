use super::*;
use crate::catalogue::AccessLevel;
use crate::model::{Kind, Location, Protocol, ShapeRef};

fn pack() -> Arc<Pack> {
    Pack::embedded().unwrap()
}

/// Every reference a service holds.
fn references(service: &Service) -> Vec<&ShapeRef> {
    let mut all = Vec::new();
    for operation in service.operations.values() {
        all.extend(operation.input.iter().chain(&operation.output));
    }
    for shape in service.shapes.values() {
        all.extend(shape.members().iter().map(|member| &member.target));
        match &shape.kind {
            Kind::List(element) => all.push(element),
            Kind::Map { key, value } => all.extend([key, value]),
            _ => {}
        }
    }
    all
}

#[test]
fn every_service_inflates_and_every_reference_resolves() {
    let pack = pack();
    let (mut operations, mut shapes, mut tokens) = (0, 0, 0);
    for name in pack.services() {
        let service = pack.service(name).unwrap();
        assert_eq!(&*service.name, name);
        assert!(service.protocols.contains(&service.protocol), "{name}");
        for reference in references(&service) {
            assert!((reference.shape.0 as usize) < service.shapes.len(), "{name}");
            tokens += usize::from(reference.idempotency_token);
        }
        for operation in service.operations.values() {
            assert_eq!(service.operation_by_cli_name(&operation.cli_name).unwrap().name, operation.name);
            for reference in operation.input.iter().chain(&operation.output) {
                assert!(service.target(reference).structure().is_some(), "{name} {}", operation.name);
            }
            for error in &operation.errors {
                assert!(service.shape(*error).exception().is_some(), "{name} {}", operation.name);
            }
            if let (Some(page), Some(input)) = (&operation.page, &operation.input) {
                for token in &page.input_token {
                    assert!(service.target(input).member(token).is_some(), "{name} {} {token}", operation.name);
                }
            }
        }
        operations += service.operations.len();
        shapes += service.shapes.len();
        assert!(pack.action_map(name).unwrap().is_some() || name == "bailiwick", "{name}");
        assert!(pack.endpoint_rules(name).unwrap().is_some() || name == "bailiwick", "{name}");
    }
    let own = pack.service("bailiwick").unwrap();
    assert_eq!(pack.services().len(), 425);
    assert_eq!(operations - own.operations.len(), 18_378);
    assert_eq!(shapes - own.shapes.len(), 114_839);
    assert_eq!(tokens, 1_305);
}

#[test]
fn a_service_of_each_protocol_is_as_its_documentation_says() {
    let pack = pack();
    let sns = pack.service("sns").unwrap();
    assert_eq!((sns.protocol, &*sns.api_version, &*sns.signing_name), (Protocol::Query, "2010-03-31", "sns"));
    assert_eq!(sns.xml_namespace.as_deref(), Some("http://sns.amazonaws.com/doc/2010-03-31/"));
    let publish = sns.operation("Publish").unwrap();
    let input = sns.target(publish.input.as_ref().unwrap());
    let members: Vec<&str> = input.members().iter().map(|member| &*member.name).collect();
    assert_eq!(
        members,
        [
            "TopicArn",
            "TargetArn",
            "PhoneNumber",
            "Message",
            "Subject",
            "MessageStructure",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId"
        ]
    );
    assert!(input.member("Message").unwrap().required && !input.member("TopicArn").unwrap().required);
    assert_eq!(publish.output.as_ref().unwrap().result_wrapper(), Some("PublishResult"));
    assert_eq!(&*sns.operation("ListTopics").unwrap().page.as_ref().unwrap().result_key[0], "Topics");
    let error = sns.error_by_code("NotFound").unwrap();
    assert_eq!((&*error.name, error.exception().unwrap().status), ("NotFoundException", Some(404)));

    let organizations = pack.service("organizations").unwrap();
    assert_eq!(organizations.target_prefix.as_deref(), Some("AWSOrganizationsV20161128"));
    assert_eq!((organizations.protocol, organizations.json_version.as_deref()), (Protocol::Json, Some("1.1")));

    let chime = pack.service("chime").unwrap();
    let get = chime.operation("GetRoom").unwrap();
    assert_eq!((&*get.method, &*get.uri), ("GET", "/accounts/{accountId}/rooms/{roomId}"));
    let room = chime.target(get.input.as_ref().unwrap()).member("RoomId").unwrap();
    assert_eq!(room.target.location, Some(Location::Uri));

    let s3 = pack.service("s3").unwrap();
    assert_eq!(s3.protocol, Protocol::RestXml);
    assert!(s3.target(s3.operation("PutObject").unwrap().input.as_ref().unwrap()).payload().is_some());
    assert_eq!(pack.service("ec2").unwrap().protocol, Protocol::Ec2);
    assert_eq!(pack.service("cloudwatch").unwrap().protocol, Protocol::Cbor);
    assert_eq!(&*pack.service("cloudwatch").unwrap().endpoint_prefix, "monitoring");
}

#[test]
fn our_own_service_is_a_service_like_any_other() {
    let pack = pack();
    let own = pack.service("bailiwick").unwrap();
    assert_eq!(own.target_prefix.as_deref(), Some("Bailiwick_20261122"));
    assert_eq!(&*own.operation_by_cli_name("post-room-message").unwrap().name, "PostRoomMessage");
    let reference = pack.authorization("bailiwick").unwrap().unwrap();
    // Other actions allow these: AWS's, where it has some for its consoles or IAM has one for what is made there, and the
    // action of who may approve.
    let by_others = [
        "ActivateStsRegion",
        "AuthorizeMicrosoftTeam",
        "AuthorizeSlackWorkspace",
        "CreateChannelRole",
        "DeactivateStsRegion",
        "ListStsRegions",
        "RejectCommand",
        "SearchPolicies",
    ];
    for operation in own.operations.keys() {
        assert_eq!(reference.action(operation).is_none(), by_others.contains(&&**operation), "{operation}");
    }
    assert_eq!(pack.cli().unwrap().command("bailiwick").unwrap().service.as_deref(), Some("bailiwick"));
}

#[test]
fn a_stored_service_is_the_service_it_was_made_of() {
    let text = include_str!("../../models/bailiwick.json");
    let service = Service::from_json(text).unwrap();
    let bytes = stored::write(&service).unwrap();
    let read = stored::read(bytes.clone()).unwrap();
    for operation in service.operations.values() {
        assert_eq!(read.operation(&operation.name), Some(operation));
        assert_eq!(read.operation_by_cli_name(&operation.cli_name), Some(operation));
    }
    for (place, shape) in service.shapes.values().enumerate() {
        assert_eq!(read.shape_id(&shape.name), Some(crate::model::ShapeId(place as u32)));
        assert_eq!(read.shape_named(&shape.name), Some(shape));
        if let Some(error) = shape.exception() {
            let code = error.code.as_deref().unwrap_or(&shape.name);
            assert_eq!(read.error_by_code(code), service.error_by_code(code));
        }
    }
    assert!(read.operation("").is_none() && read.operation("PostRoomMessag").is_none());
    assert!(read.operation_by_cli_name("zzz").is_none() && read.shape_named("AAA").is_none());
    assert_eq!(stored::read(bytes.clone()).unwrap(), service);
    for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert!(stored::read(bytes[..cut].to_vec()).is_err(), "{cut}");
    }
}

#[test]
fn no_value_fits_what_cannot_be_read() {
    let text = include_str!("../../models/bailiwick.json");
    let mut bytes = stored::write(&Service::from_json(text).unwrap()).unwrap();
    // Rows stand at the end; all ones are numbers without an end.
    let rows = bytes.len() - 200;
    bytes[rows..].fill(0xff);
    let service = stored::read(bytes).unwrap();
    let broken = service.shapes.values().filter(|shape| shape.name.is_empty());
    assert!(broken.clone().count() > 0);
    for shape in broken {
        assert_eq!(
            (shape.min(), shape.max()),
            (Some(crate::model::Bound::Integer(1)), Some(crate::model::Bound::Integer(0)))
        );
    }
}

#[test]
fn what_is_not_there_or_damaged_is_said() {
    let pack = pack();
    assert_eq!(pack.service("snss").unwrap_err(), PackError::UnknownService("snss".to_owned()));
    assert!(Pack::open(Cow::Borrowed(b"")).is_err());
    assert!(Pack::open(Cow::Borrowed(&EMBEDDED[..EMBEDDED.len() - 1])).is_err());
    let mut bytes = EMBEDDED.to_vec();
    bytes[0] ^= 1;
    assert!(Pack::open(Cow::Owned(bytes)).is_err());
}

#[test]
fn a_damaged_section_is_never_read() {
    let place = pack().index[&(Section::Model, Box::from("sns"))];
    for at in [0, place.length / 2, place.length - 1] {
        let mut bytes = EMBEDDED.to_vec();
        bytes[place.offset + at] ^= 0x10;
        let pack = Pack::open(Cow::Owned(bytes)).unwrap();
        assert_eq!(pack.service("sns").unwrap_err(), PackError::Damaged { section: "Model sns".to_owned() }, "{at}");
        assert!(pack.service("sqs").is_ok());
    }
}

#[test]
fn the_cache_gives_the_same_value_again_and_stays_bounded() {
    let pack = pack();
    assert!(Arc::ptr_eq(&pack.service("sns").unwrap(), &pack.service("sns").unwrap()));
    for name in pack.services() {
        pack.service(name).unwrap();
    }
    let cache = pack.cache();
    assert!(cache.bytes <= CACHE_BYTES, "{}", cache.bytes);
    assert_eq!(cache.bytes, cache.kept.values().map(|kept| kept.bytes).sum::<usize>());
}

#[test]
fn the_reference_knows_actions_resources_and_keys() {
    let pack = pack();
    let sns = pack.authorization("SNS").unwrap().unwrap();
    let publish = sns.action("publish").unwrap();
    assert_eq!(publish.level, AccessLevel::Write);
    assert_eq!((&*publish.resources[0].kind, publish.resources[0].required), ("topic", true));
    assert_eq!(&*sns.resource("topic").unwrap().arn, "arn:${Partition}:sns:${Region}:${Account}:${TopicName}");
    assert!(sns.action("ListTopics").unwrap().wildcard_only());
    let actions: usize = pack.prefixes().map(|prefix| pack.authorization(prefix).unwrap().unwrap().actions.len()).sum();
    let own = pack.authorization("bailiwick").unwrap().unwrap().actions.len();
    assert_eq!(actions - own, 22_321);
    assert!(pack.authorization("nothing").unwrap().is_none());
}

#[test]
fn managed_policies_have_documents() {
    let pack = pack();
    let policies = pack.managed_policies().unwrap();
    assert_eq!(policies.len(), 1_594);
    let read_only = policies.get("ReadOnlyAccess").unwrap();
    assert_eq!(&*read_only.arn, "arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(read_only.path(), "/");
    let document = pack.managed_policy_document("arn:aws-cn:iam::aws:policy/ReadOnlyAccess").unwrap().unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["Version"], "2012-10-17");
    let job = policies.get("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").unwrap();
    assert_eq!((job.name(), job.path()), ("ViewOnlyAccess", "/job-function/"));
    for policy in policies.iter().step_by(37) {
        let text = pack.managed_policy_document(&policy.arn).unwrap().unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(json.get("Statement").is_some(), "{}", policy.arn);
    }
    assert_eq!(pack.managed_policy_document("NoSuchPolicy").unwrap(), None);
}

#[test]
fn operations_are_found_over_all_services() {
    let pack = pack();
    let index = pack.operations().unwrap();
    assert_eq!(index.services_with("list-topics"), ["kafka", "quicksight", "sns"]);
    assert_eq!(index.services_with("describe-organizational-unit"), ["organizations"]);
    assert!(index.services_with("tag-resource").len() > 100);
    assert!(index.services_with("list-topicz").is_empty());
    let mut names = 0;
    for (name, services) in index.iter() {
        assert_eq!(index.services_with(name), services);
        names += services.len();
    }
    assert_eq!(names - pack.service("bailiwick").unwrap().operations.len(), 18_378);
    assert_eq!(index.services_with("list-people"), ["bailiwick"]);
    assert_eq!(pack.services_signing_as("bailiwick").unwrap(), [Box::from("bailiwick")]);
    assert_eq!(pack.services_signing_as("monitoring").unwrap(), [Box::from("cloudwatch")]);
    assert!(pack.services_signing_as("s3").unwrap().contains(&Box::from("s3control")));
}

#[test]
fn the_command_line_differs_from_the_models_where_the_facts_say() {
    let cli = pack().cli().unwrap();
    assert_eq!(cli.command_of_service("s3").unwrap().name, "s3api");
    assert!(cli.command("s3").unwrap().service.is_none());
    assert!(cli.command("s3").unwrap().custom.iter().any(|custom| custom.name == "ls"));
    assert!(cli.command("rds").unwrap().absent.contains(&"modify-option-group".to_owned()));
    let export = cli.command("apigateway").unwrap().operation("create-rest-api").unwrap();
    assert_eq!(export.removed, ["version"]);
    assert_eq!(export.arguments[0].member.as_deref(), Some("version"));
    assert!(cli.global.iter().any(|argument| argument.name == "query"));
}
