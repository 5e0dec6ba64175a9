//! Policies and requests of several shapes, the same in every run.

use bailiwick_policy::{Context, Layers, Policy, PolicyType, Principal, Request, Resource};

pub const USER: &str = "arn:aws:iam::111122223333:user/dana";

pub struct Workload {
    pub name: &'static str,
    pub layers: Layers,
    /// The documents of the identity layer, for engines that have no other.
    pub texts: Vec<String>,
    pub requests: Vec<Request>,
}

/// What a statement is made from, so that requests can be aimed at it.
struct Shape {
    service: usize,
    number: usize,
    per_statement: bool,
}

impl Shape {
    fn service(&self) -> String {
        format!("svc{}", self.service)
    }

    fn actions(&self) -> (Vec<String>, String) {
        let service = self.service();
        match self.number % 4 {
            0 => (vec![format!("{service}:Get*")], format!("{service}:GetItem")),
            1 => (vec![format!("{service}:List*"), format!("{service}:Describe*")], format!("{service}:DescribeItem")),
            2 => (vec![format!("{service}:CreateItem"), format!("{service}:UpdateItem")], format!("{service}:UpdateItem")),
            _ => (vec![format!("{service}:*")], format!("{service}:PutItem")),
        }
    }

    fn name(&self) -> String {
        if self.per_statement { format!("item-{}", self.number) } else { format!("item-{}", self.number % 50) }
    }

    fn resources(&self) -> (Vec<String>, String) {
        let (service, name) = (self.service(), self.name());
        let arn = |region: &str, rest: &str| format!("arn:aws:{service}:{region}:111122223333:{rest}");
        match self.number % 5 {
            0 => (vec![arn("us-east-1", &format!("{name}/*"))], arn("us-east-1", &format!("{name}/object"))),
            1 => (vec![arn("*", &format!("{name}/*"))], arn("eu-west-1", &format!("{name}/object"))),
            2 => (vec![arn("us-east-1", &name)], arn("us-east-1", &name)),
            3 => {
                let two = vec![arn("us-east-1", &format!("{name}/a/*")), arn("us-east-1", &format!("{name}/b/*"))];
                (two, arn("us-east-1", &format!("{name}/b/object")))
            }
            _ => (vec![arn("us-east-1", &format!("{name}/folder/*/data"))], arn("us-east-1", &format!("{name}/folder/x/data"))),
        }
    }
}

const CONDITIONS: [&str; 4] = [
    r#""StringEquals":{"aws:PrincipalTag/team":["ops","dev"]}"#,
    r#""IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}"#,
    r#""Bool":{"aws:SecureTransport":"true"}"#,
    r#""StringLike":{"aws:UserAgent":"*aws-cli*"}"#,
];

fn quoted(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
    format!("[{}]", items.join(","))
}

fn statement(shape: &Shape, denies: bool, conditions: &[&str], principal: bool) -> String {
    let effect = if denies { "Deny" } else { "Allow" };
    // A denial speaks of one marked resource below what the others allow.
    let (actions, _) = shape.actions();
    let resources = if denies {
        vec![format!("arn:aws:{}:us-east-1:111122223333:{}/secret/*", shape.service(), shape.name())]
    } else {
        shape.resources().0
    };
    let principal = if principal { r#""Principal":"*","# } else { "" };
    let condition =
        if conditions.is_empty() { String::new() } else { format!(r#","Condition":{{{}}}"#, conditions.join(",")) };
    format!(
        r#"{{"Sid":"S{}","Effect":"{effect}",{principal}"Action":{},"Resource":{}{condition}}}"#,
        shape.number,
        quoted(&actions),
        quoted(&resources)
    )
}

/// Documents of ten statements each.
fn documents(statements: Vec<String>) -> Vec<String> {
    statements.chunks(10).map(|chunk| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, chunk.join(","))).collect()
}

fn request(action: String, resource: String, agent: &str) -> Request {
    Request {
        principal: Principal::from_arn_text(USER).expect("a user"),
        action,
        resource: Resource::Arn(resource),
        resource_account: None,
        wildcard_only: false,
        context: Context::new()
            .with("aws:PrincipalArn", USER)
            .with("aws:username", "dana")
            .with("aws:SourceIp", "192.0.2.10")
            .with("aws:SecureTransport", "true")
            .with("aws:UserAgent", agent)
            .with("aws:CurrentTime", "2026-11-22T10:00:00Z")
            .with("aws:PrincipalTag/team", "ops"),
    }
}

/// A request that no policy for reading allows.
pub fn refusal() -> Request {
    request("sns:Publish".to_owned(), "arn:aws:sns:us-east-1:111122223333:alarms".to_owned(), "aws-cli/2.31")
}

/// Half of the requests are aimed at what is allowed, an eighth at what is denied, the others miss in one way each.
fn requests(shapes: &[Shape]) -> Vec<Request> {
    let good = "aws-cli/2.31";
    (0..400)
        .map(|n| {
            // Spread over all statements.
            let spread = (n * 7919) % shapes.len();
            // One in ten statements denies, the last of each ten.
            let shape = &shapes[if n % 8 == 4 { (spread / 10 * 10 + 9).min(shapes.len() - 1) } else { spread }];
            let (action, resource) = (shape.actions().1, shape.resources().1);
            match n % 8 {
                0..=3 => request(action, resource, good),
                4 => {
                    let secret = format!("arn:aws:{}:us-east-1:111122223333:{}/secret/x", shape.service(), shape.name());
                    request(action, secret, good)
                }
                5 => request(format!("{}:NoSuchAction", shape.service()), resource, good),
                6 => request(action, format!("arn:aws:{}:us-east-1:111122223333:other/thing", shape.service()), good),
                _ => request(action, resource, "curl/8"),
            }
        })
        .collect()
}

fn identity(texts: &[String]) -> Layers {
    let policies = texts.iter().map(|text| read(PolicyType::Identity, text)).collect();
    Layers { identity: Some(policies), ..Layers::default() }
}

fn read(kind: PolicyType, text: &str) -> Policy {
    let policy = Policy::read("bench", kind, text);
    assert!(policy.document().is_some(), "{:?}", policy.diagnostics());
    policy
}

fn shapes(count: usize, services: usize, per_statement: bool) -> Vec<Shape> {
    (0..count).map(|number| Shape { service: number % services, number, per_statement }).collect()
}

fn mixed(shapes: &[Shape], principal: bool) -> Vec<String> {
    let one = |shape: &Shape| {
        let n = shape.number;
        let conditions: Vec<&str> = if n % 4 == 3 { vec![CONDITIONS[(n / 4) % 4]] } else { vec![] };
        statement(shape, n % 10 == 9, &conditions, principal)
    };
    documents(shapes.iter().map(one).collect())
}

pub fn many_services_texts(count: usize) -> Vec<String> {
    mixed(&shapes(count, (count / 5).clamp(1, 400) | 1, false), false)
}

pub fn managed_policy(name: &str) -> String {
    let all = include_str!("../data/managed.jsonl");
    let line = all.lines().find(|line| line.contains(&format!("\"name\":\"{name}\""))).expect("a policy of this name");
    let start = line.find("\"document\":").expect("a document") + "\"document\":".len();
    line[start..line.len() - 1].to_owned()
}

impl Workload {
    fn of(name: &'static str, texts: Vec<String>, requests: Vec<Request>) -> Self {
        Workload { name, layers: identity(&texts), texts, requests }
    }

    pub fn many_services(count: usize) -> Self {
        let shapes = shapes(count, (count / 5).clamp(1, 400) | 1, false);
        Self::of("many services", mixed(&shapes, false), requests(&shapes))
    }

    pub fn one_service(count: usize) -> Self {
        let shapes = shapes(count, 1, true);
        Self::of("one service", mixed(&shapes, false), requests(&shapes))
    }

    pub fn deny_heavy(count: usize) -> Self {
        let shapes = shapes(count, 100, false);
        let texts = documents(shapes.iter().map(|s| statement(s, s.number % 10 != 0, &[], false)).collect());
        Self::of("deny-heavy", texts, requests(&shapes))
    }

    pub fn condition_heavy(count: usize) -> Self {
        let shapes = shapes(count, 100, false);
        let one = |s: &Shape| statement(s, s.number % 10 == 9, &[CONDITIONS[s.number % 4], CONDITIONS[(s.number + 1) % 4]], false);
        let texts = documents(shapes.iter().map(one).collect());
        Self::of("condition-heavy", texts, requests(&shapes))
    }

    pub fn managed_policies() -> Self {
        let names = [
            "ReadOnlyAccess",
            "SecurityAudit",
            "ViewOnlyAccess",
            "NetworkAdministrator",
            "SystemAdministrator",
            "DatabaseAdministrator",
        ];
        let texts: Vec<String> = names.iter().map(|name| managed_policy(name)).collect();
        let asked = [
            ("s3:GetObject", "arn:aws:s3:::reports/q1.csv"),
            ("s3:PutObject", "arn:aws:s3:::reports/q1.csv"),
            ("ec2:DescribeInstances", "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"),
            ("ec2:TerminateInstances", "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"),
            ("sns:ListTopics", "arn:aws:sns:us-east-1:111122223333:alarms"),
            ("sns:Publish", "arn:aws:sns:us-east-1:111122223333:alarms"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/rds-monitoring-role"),
            ("dynamodb:BatchGetItem", "arn:aws:dynamodb:us-east-1:111122223333:table/orders"),
            ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f"),
            ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1"),
            ("cloudwatch:GetMetricData", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"),
            ("nosuch:GetThing", "arn:aws:nosuch:us-east-1:111122223333:thing/1"),
        ];
        let one = |n: usize| {
            let (action, resource) = asked[n % asked.len()];
            request(action.to_owned(), format!("{resource}{}", if n % 3 == 0 { "" } else { "-x" }), "aws-cli/2.31")
        };
        Self::of("managed policies", texts, (0..400).map(one).collect())
    }

    pub fn nine_layers() -> Self {
        let shapes = shapes(100, 20, false);
        let texts = mixed(&shapes, false);
        let list = |kind: PolicyType| -> Vec<Policy> {
            mixed(&shapes, kind.requires_principal()).iter().map(|text| read(kind, text)).collect()
        };
        let whole = |kind: PolicyType| -> Policy {
            let one = |shape: &Shape| statement(shape, shape.number % 10 == 9, &[], true);
            let all: Vec<String> = shapes.iter().map(one).collect();
            read(kind, &format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(",")))
        };
        let mut guardrail = list(PolicyType::Guardrail);
        guardrail.push(read(PolicyType::Guardrail, &managed_policy("ReadOnlyAccess")));
        let layers = Layers {
            identity: Some(list(PolicyType::Identity)),
            boundary: Some(list(PolicyType::Boundary)),
            session: Some(list(PolicyType::Session)),
            guardrail: Some(guardrail),
            scp: Some(vec![list(PolicyType::ServiceControl), list(PolicyType::ServiceControl)]),
            rcp: Some(vec![list(PolicyType::ResourceControl)]),
            resource: Some(whole(PolicyType::Resource)),
            endpoint: Some(list(PolicyType::Endpoint)),
        };
        Workload { name: "nine layers", layers, texts, requests: requests(&shapes) }
    }
}
