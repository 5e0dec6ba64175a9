//! Random policies and requests, valid by construction, over alphabets so small that statements and requests meet.

use crate::document::OperatorKind;
use crate::json::write_string;
use crate::{Context, Layers, Policy, PolicyType, Principal, Request, Resource, Value};
use bailiwick_ident::{AccountId, Arn};

/// Random numbers from a seed: SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}

const ACTIONS: [&str; 10] = [
    "sns:Publish",
    "sns:GetTopicAttributes",
    "sns:GetSubscriptionAttributes",
    "SNS:publish",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "kms:RetireGrant",
    "kms:Encrypt",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
];

const RESOURCES: [&str; 14] = [
    "arn:aws:sns:us-east-1:111122223333:alarms",
    "arn:aws:sns:us-east-1:111122223333:alarms:sub",
    "arn:aws:sns:eu-west-1:444455556666:alarms",
    "arn:aws:s3:::reports/dana/q1.csv",
    "arn:aws:s3:::reports/a:b/q1.csv",
    "arn:aws:s3:::reports/\u{10400}",
    "arn:aws:s3:::reports/a*b",
    "arn:aws:kms:us-east-1:111122223333:key/1",
    "arn:aws:kms:us-east-1:444455556666:key/1",
    "arn:aws:iam::111122223333:role/ops",
    "arn:aws:iam::444455556666:role/ops",
    "bucket",
    "arn:aws:s3:111122223333",
    "arn:aws-cn:sns:us-east-1:111122223333:alarms",
];

const USER: &str = "arn:aws:iam::111122223333:user/team/dana";
const ROLE: &str = "arn:aws:iam::111122223333:role/ops";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ops/dana";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/dana";

/// Values by family; what stands in one family's list is often foreign to the others.
const TEXTS: [&str; 16] = [
    "",
    "dana",
    "Dana",
    "DANA",
    "da*",
    "d?na",
    "ops",
    "ΟΣ",
    "ος",
    "οσ",
    "STRAẞE",
    "straße",
    "\u{10400}",
    "a:b",
    "x/y",
    "ſ",
];
const NUMBERS: [&str; 14] =
    ["0", "1", "01", "+1", "1.0", "1e0", "-1", "-0", ".5", "0.50", "10", "1e1", "NaN", "9007199254740993"];
const DATES: [&str; 12] = [
    "2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00.0009Z",
    "2030-01-01T01:00:00+01:00",
    "2029-12-31",
    "2030",
    "2030-02",
    "1893456000",
    "+1893456000",
    "2030-01-01T00:00",
    "2030-02-30",
    "soon",
    "-5",
];
const BOOLS: [&str; 5] = ["true", "TRUE", "false", "yes", ""];
const BINARIES: [&str; 4] = ["YQ==", "YQ", "Yg==", "AAAA"];
const ADDRESSES: [&str; 20] = [
    "192.0.2.1",
    "192.0.2.0/24",
    "192.0.2.5/24",
    "192.000.002.001",
    "192.0.2.0/33",
    "192.0.2",
    "2001:db8::1",
    "2001:db8::/32",
    "2001:DB8::1/128",
    "2001:db8::5/64",
    "::/0",
    "0.0.0.0/0",
    "::ffff:192.0.2.1",
    "::ffff:c000:201",
    "2001:db8:::1",
    "2001:db8::1:",
    "::192.0.2.1",
    ":::",
    "1:2:3:4:5:6:7:8",
    "::ffff:192.0.2.1:",
];
const ARNS: [&str; 11] = [
    "arn:aws:sns:us-east-1:111122223333:alarms",
    "arn:aws:sns:*:111122223333:a*",
    "arn:aws:sns:us-east-?:*:alarms",
    "arn:aws:s3:::reports/*",
    "arn:aws:s3:::reports/dana/q1.csv",
    "arn:aws:*:alarms",
    "arn:*:*:*:*:*",
    "not-an-arn",
    "*",
    "a*:aws:sns:us-east-1:111122223333:alarms",
    "arn:aws:iam::111122223333:user/team/dana",
];
const VARIABLES: [&str; 12] = [
    "${aws:username}",
    "${AWS:UserName}",
    "${k:none}",
    "${k:none, 'dana'}",
    "${k:none,'a:b}'}",
    "${k:set, 'dana'}",
    "${*}",
    "${?}",
    "${$}",
    "${k:arn}",
    "${open",
    "${k:none, bad}",
];
const KEYS: [&str; 9] =
    ["aws:username", "k:text", "k:number", "k:date", "k:bool", "k:binary", "k:address", "k:arn", "k:set"];

/// A statement, and whether it denies.
#[derive(Clone)]
pub(crate) struct AStatement {
    pub(crate) text: String,
    pub(crate) denies: bool,
}

/// A policy before it is read.
#[derive(Clone)]
pub(crate) struct APolicy {
    pub(crate) kind: PolicyType,
    pub(crate) version: &'static str,
    pub(crate) statements: Vec<AStatement>,
    pub(crate) broken: bool,
}

/// Layers before they are read.
#[derive(Clone, Default)]
pub(crate) struct ALayers {
    pub(crate) identity: Option<Vec<APolicy>>,
    pub(crate) boundary: Option<Vec<APolicy>>,
    pub(crate) session: Option<Vec<APolicy>>,
    pub(crate) guardrail: Option<Vec<APolicy>>,
    pub(crate) endpoint: Option<Vec<APolicy>>,
    pub(crate) resource: Option<APolicy>,
    pub(crate) scp: Option<Vec<Vec<APolicy>>>,
    pub(crate) rcp: Option<Vec<Vec<APolicy>>>,
}

impl APolicy {
    pub(crate) fn read(&self) -> Policy {
        let statements: Vec<&str> = self.statements.iter().map(|statement| statement.text.as_str()).collect();
        let version = if self.version.is_empty() { String::new() } else { format!(r#""Version":"{}","#, self.version) };
        let end = if self.broken { "" } else { "}" };
        let text = format!(r#"{{{version}"Statement":[{}]{end}"#, statements.join(","));
        // Some statements are as only a draft may have them.
        let policy = Policy::read_draft("p", self.kind, &text);
        assert_eq!(policy.document().is_some(), !self.broken, "{:?}\n{text}", policy.diagnostics());
        policy
    }
}

impl ALayers {
    pub(crate) fn read(&self) -> Layers {
        let list =
            |policies: &Option<Vec<APolicy>>| policies.as_ref().map(|all| all.iter().map(APolicy::read).collect());
        let levels = |levels: &Option<Vec<Vec<APolicy>>>| {
            levels.as_ref().map(|all| all.iter().map(|level| level.iter().map(APolicy::read).collect()).collect())
        };
        Layers {
            identity: list(&self.identity),
            boundary: list(&self.boundary),
            session: list(&self.session),
            guardrail: list(&self.guardrail),
            endpoint: list(&self.endpoint),
            resource: self.resource.as_ref().map(APolicy::read),
            scp: levels(&self.scp),
            rcp: levels(&self.rcp),
        }
    }

    /// Every policy of every layer, to be changed.
    pub(crate) fn policies(&mut self) -> Vec<&mut APolicy> {
        let lists =
            [&mut self.identity, &mut self.boundary, &mut self.session, &mut self.guardrail, &mut self.endpoint];
        let mut all: Vec<&mut APolicy> = lists.into_iter().flatten().flatten().collect();
        all.extend(&mut self.resource);
        all.extend(self.scp.iter_mut().flatten().flatten());
        all.extend(self.rcp.iter_mut().flatten().flatten());
        all
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

/// A list of one to three, or one alone.
fn list(random: &mut Random, mut item: impl FnMut(&mut Random) -> String) -> String {
    match random.below(4) {
        0 => format!("[{},{}]", item(random), item(random)),
        1 => format!("[{},{},{}]", item(random), item(random), item(random)),
        _ => item(random),
    }
}

impl Random {
    /// Puts wildcards into a text.
    fn wild(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(2) {
            let at = self.below(chars.len() + 1);
            match self.below(5) {
                0 => chars.insert(at, '*'),
                1 if at < chars.len() => chars[at] = '?',
                2 if at < chars.len() => {
                    let end = at + self.below(chars.len() - at + 1);
                    chars.splice(at..end, ['*']);
                }
                3 => {
                    chars.truncate(at);
                    chars.push('*');
                }
                _ => {}
            }
        }
        chars.into_iter().collect()
    }

    fn action_pattern(&mut self) -> String {
        let action = self.pick(&ACTIONS);
        let pattern = match self.below(10) {
            0..=2 => action.to_owned(),
            3 => action.to_uppercase(),
            4 => "*".to_owned(),
            5 | 6 => format!("{}:*", action.split(':').next().unwrap()),
            7 => format!("{}*", &action[..action.len() - self.below(4)]),
            _ => self.wild(action),
        };
        if pattern.is_empty() { "*".to_owned() } else { pattern }
    }

    fn resource_pattern(&mut self) -> String {
        let resource = self.pick(&RESOURCES[..11]);
        let pattern = match self.below(12) {
            0..=2 => resource.to_owned(),
            3 | 4 => "*".to_owned(),
            5 => {
                let mut parts: Vec<&str> = resource.splitn(6, ':').collect();
                let part = 1 + self.below(5);
                parts[part] = "*";
                if self.chance(20) {
                    parts.truncate(1 + part);
                }
                parts.join(":")
            }
            6 => format!("{}*", &resource.chars().take(14 + self.below(20)).collect::<String>()),
            7 | 8 => {
                let variable = self.pick(&VARIABLES);
                let at = 8 + self.below(resource.len() - 8);
                let at = (at..resource.len()).find(|at| resource.is_char_boundary(*at)).unwrap_or(resource.len());
                let rest = if self.chance(50) { resource[at..].to_owned() } else { "*".to_owned() };
                format!("{}{variable}{rest}", &resource[..at])
            }
            9 => "arn:aws:s3:::reports/${aws:username}/*".to_owned(),
            _ => self.wild(resource),
        };
        if pattern.starts_with("arn:") || pattern.bytes().all(|b| b == b'*') && !pattern.is_empty() {
            pattern
        } else {
            "arn:aws:s3:::*".to_owned()
        }
    }

    fn family(&mut self, kind: OperatorKind) -> &'static [&'static str] {
        let name = kind.name();
        if self.chance(10) {
            return [&TEXTS[..], &NUMBERS[..], &DATES[..], &ADDRESSES[..], &ARNS[..]][self.below(5)];
        }
        match name {
            _ if name.starts_with("Numeric") => &NUMBERS,
            _ if name.starts_with("Date") => &DATES,
            _ if name.contains("Ip") => &ADDRESSES,
            _ if name.starts_with("Arn") => &ARNS,
            "Bool" | "Null" => &BOOLS,
            "BinaryEquals" => &BINARIES,
            _ => &TEXTS,
        }
    }

    fn condition_value(&mut self, kind: OperatorKind) -> String {
        if kind == OperatorKind::BinaryEquals {
            return quoted(self.pick(&BINARIES));
        }
        let family = self.family(kind);
        let text = self.pick(family);
        let takes_variables = matches!(kind.name().as_bytes()[0], b'S' | b'A');
        match self.below(10) {
            0 | 1 if takes_variables => {
                quoted(&format!("{}{}", self.pick(&VARIABLES), if self.chance(50) { "" } else { text }))
            }
            2 if takes_variables => quoted(&self.wild(text)),
            3 if family.as_ptr() == NUMBERS.as_ptr() => "1.50".to_owned(),
            4 if family.as_ptr() == BOOLS.as_ptr() => "true".to_owned(),
            _ => quoted(text),
        }
    }

    pub(crate) fn conditions(&mut self) -> String {
        let mut seen = Vec::new();
        let mut operators = Vec::new();
        for _ in 0..1 + self.below(5) / 4 {
            let (kind, name) = OperatorKind::ALL[self.below(OperatorKind::ALL.len())];
            let prefix = ["", "", "", "ForAllValues:", "ForAnyValue:"][self.below(5)];
            let suffix = if self.chance(25) && kind != OperatorKind::Null { "IfExists" } else { "" };
            let operator = format!("{prefix}{name}{suffix}");
            if seen.contains(&operator) {
                continue;
            }
            let key = if self.chance(70) { self.key_of(kind) } else { KEYS[self.below(KEYS.len())] };
            let key = if self.chance(20) { key.to_uppercase() } else { key.to_owned() };
            let values = list(self, |random| random.condition_value(kind));
            operators.push(format!("\"{operator}\":{{\"{key}\":{values}}}"));
            seen.push(operator);
        }
        format!(r#","Condition":{{{}}}"#, operators.join(","))
    }

    fn key_of(&mut self, kind: OperatorKind) -> &'static str {
        let name = kind.name();
        let set = self.chance(20);
        match name {
            _ if set => "k:set",
            _ if name.starts_with("Numeric") => "k:number",
            _ if name.starts_with("Date") => "k:date",
            _ if name.contains("Ip") => "k:address",
            _ if name.starts_with("Arn") => "k:arn",
            "Bool" => "k:bool",
            "BinaryEquals" => "k:binary",
            _ => "k:text",
        }
    }

    fn principal_element(&mut self) -> String {
        let name = if self.chance(15) { "NotPrincipal" } else { "Principal" };
        if self.chance(2) {
            return format!(r#""{name}":"{}","#, self.pick(&[USER, ROLE, "111122223333"]));
        }
        if self.chance(35) {
            return format!(r#""{name}":"*","#);
        }
        let entry = |random: &mut Random| {
            let aws = [
                "*",
                "111122223333",
                "444455556666",
                "arn:aws:iam::111122223333:root",
                "arn:aws-cn:iam::111122223333:root",
                USER,
                ROLE,
                SESSION,
                FEDERATED,
                "AIDAEXAMPLE",
                "AROAEXAMPLE",
                "arn:aws:iam::444455556666:role/x",
                "arn:aws:sts::444455556666:assumed-role/x/y",
            ];
            quoted(random.pick(&aws))
        };
        let mut kinds = Vec::new();
        if self.chance(85) {
            kinds.push(format!("\"AWS\":{}", list(self, entry)));
        }
        if self.chance(20) || kinds.is_empty() {
            kinds.push(format!("\"Service\":{}", quoted(self.pick(&["*", "sns.amazonaws.com", "s3.amazonaws.com"]))));
        }
        if self.chance(15) {
            kinds.push(format!("\"Federated\":{}", quoted(self.pick(&["*", "accounts.google.com", "www.amazon.com"]))));
        }
        if self.chance(5) {
            kinds.push(r#""CanonicalUser":"79a59df900b949e5""#.to_owned());
        }
        // All the names of a caller, so that a `NotPrincipal` may spare it.
        if self.chance(15) {
            kinds = vec![format!(r#""AWS":["111122223333","{USER}","{ROLE}","{SESSION}","{FEDERATED}"]"#)];
        }
        format!(r#""{name}":{{{}}},"#, kinds.join(","))
    }

    pub(crate) fn statement(&mut self, kind: PolicyType, denies: bool) -> AStatement {
        let effect = if denies { "Deny" } else { "Allow" };
        // A draft names somebody where nobody is named, or the other way round.
        let named = kind.requires_principal() != self.chance(3);
        let principal = if named { self.principal_element() } else { String::new() };
        let not_action = if self.chance(10) { "Not" } else { "" };
        let broad = !denies && self.chance(45);
        let action = if broad { "\"*\"".to_owned() } else { list(self, |random| quoted(&random.action_pattern())) };
        let not_action = if broad { "" } else { not_action };
        let bare = kind == PolicyType::Trust && !self.chance(5);
        let resource = if bare || (kind == PolicyType::Resource && self.chance(10)) {
            String::new()
        } else if broad && self.chance(70) {
            r#","Resource":"*""#.to_owned()
        } else {
            let not = if self.chance(15) { "Not" } else { "" };
            format!(r#","{not}Resource":{}"#, list(self, |random| quoted(&random.resource_pattern())))
        };
        let condition = if self.chance(if broad { 25 } else { 45 }) { self.conditions() } else { String::new() };
        let text = format!(r#"{{"Effect":"{effect}",{principal}"{not_action}Action":{action}{resource}{condition}}}"#);
        AStatement { text, denies }
    }

    fn policy(&mut self, kind: PolicyType) -> APolicy {
        let version = self.pick(&["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", ""]);
        let count = 1 + self.below(3);
        let statements = (0..count)
            .map(|_| {
                let denies = self.chance(12);
                self.statement(kind, denies)
            })
            .collect();
        APolicy { kind, version, statements, broken: self.below(400) == 0 }
    }

    fn policies(&mut self, kind: PolicyType) -> Vec<APolicy> {
        let count = [0, 1, 1, 1, 2, 3][self.below(6)];
        (0..count).map(|_| self.policy(kind)).collect()
    }

    pub(crate) fn layers(&mut self) -> ALayers {
        let mut layers = ALayers::default();
        if self.chance(92) {
            layers.identity = Some((0..1 + self.below(3)).map(|_| self.policy(PolicyType::Identity)).collect());
        }
        if self.chance(20) {
            layers.boundary = Some(self.policies(PolicyType::Boundary));
        }
        if self.chance(20) {
            layers.session = Some(self.policies(PolicyType::Session));
        }
        if self.chance(15) {
            layers.guardrail = Some(self.policies(PolicyType::Guardrail));
        }
        if self.chance(15) {
            layers.endpoint = Some(self.policies(PolicyType::Endpoint));
        }
        if self.chance(55) {
            let kind = if self.chance(20) { PolicyType::Trust } else { PolicyType::Resource };
            layers.resource = Some(self.policy(kind));
        }
        if self.chance(15) {
            let levels = self.below(4);
            layers.scp = Some((0..levels).map(|_| self.policies(PolicyType::ServiceControl)).collect());
        }
        if self.chance(12) {
            let levels = self.below(3);
            layers.rcp = Some((0..levels).map(|_| self.policies(PolicyType::ResourceControl)).collect());
        }
        layers
    }

    pub(crate) fn principal(&mut self) -> Principal {
        let arn = |text: &str| Arn::parse(text).unwrap();
        let id = |given: bool, text: &str| given.then(|| text.to_owned());
        match self.below(16) {
            0 => Principal::Root { arn: arn("arn:aws:iam::111122223333:root") },
            1 => Principal::Root { arn: arn("arn:aws:iam::444455556666:root") },
            2..=5 => Principal::User { arn: arn(USER), id: id(self.chance(50), "AIDAEXAMPLE") },
            6..=9 => Principal::RoleSession {
                session_arn: self.chance(90).then(|| arn(SESSION)),
                role_arn: arn(ROLE),
                role_id: id(self.chance(50), "AROAEXAMPLE"),
                service_linked: self.chance(10),
            },
            10 | 11 => Principal::FederatedUser {
                arn: arn(FEDERATED),
                user_arn: self.chance(60).then(|| arn(USER)),
                user_id: id(self.chance(50), "AIDAEXAMPLE"),
            },
            12 => Principal::Federated { provider: "accounts.google.com".to_owned() },
            13 | 14 => Principal::Service { name: "sns.amazonaws.com".to_owned() },
            _ => Principal::Anonymous,
        }
    }

    pub(crate) fn request(&mut self) -> Request {
        let mut context = Context::new();
        for (key, family) in KEYS.iter().zip([
            &["dana", "a*b", "a:b", "arn:aws:sns:us-east-1:111122223333:alarms"][..],
            &TEXTS,
            &NUMBERS,
            &DATES,
            &BOOLS,
            &BINARIES,
            &ADDRESSES,
            &ARNS,
            &TEXTS,
        ]) {
            if self.chance(35) {
                continue;
            }
            let mixed: [&[&str]; 6] = [&TEXTS, &NUMBERS, &DATES, &ADDRESSES, &ARNS, &BOOLS];
            let one = |random: &mut Random| {
                let family = if *key == "k:set" { mixed[random.below(6)] } else { family };
                random.pick(family).to_owned()
            };
            let value = if *key == "k:set" || self.chance(4) {
                let count = self.below(4);
                Value::Set((0..count).map(|_| one(self)).collect())
            } else {
                Value::One(one(self))
            };
            context.set(key, value);
        }
        let wildcard_only = self.chance(5);
        let resource = if self.chance(8) { "*" } else { self.pick(&RESOURCES) };
        let account = |text: &str| AccountId::parse(text).unwrap();
        Request {
            principal: self.principal(),
            action: self.pick(&ACTIONS).to_owned(),
            resource: Resource::from_text(resource),
            resource_account: match self.below(10) {
                0 => Some(account("444455556666")),
                1 | 2 => Some(account("111122223333")),
                _ => None,
            },
            wildcard_only,
            context,
        }
    }
}
