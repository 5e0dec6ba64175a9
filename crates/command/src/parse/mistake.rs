//! What is wrong with a command, and what would be right.

use bailiwick_aws::Service;
use bailiwick_aws::pack::PackError;
use std::fmt;

/// The kind of a mistake, for those who count or translate them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MistakeKind {
    /// Several services have an operation of that name.
    AmbiguousOperation,
    /// An attachment that did not come with the message.
    Attachment,
    /// A program of the AWS CLI around API calls, such as `s3 cp`.
    CustomCommand,
    /// Two options that exclude each other.
    Exclusive,
    /// The data pack could not be read.
    Internal,
    /// A required parameter is missing. In chat it becomes a question.
    Missing,
    /// Nothing says what to do.
    NoCommand,
    /// An option of the AWS CLI that has no meaning here.
    NotHere,
    /// No service and no operation has that name.
    UnknownCommand,
    /// The service has no operation of that name.
    UnknownOperation,
    /// The operation has no option of that name.
    UnknownOption,
    /// A word that belongs to no option.
    UnexpectedWord,
    /// A value that does not fit its parameter.
    Value,
}

/// A command that was not understood as it stands.
///
/// Its text is three fragments: what was understood, what is wrong, what would be right. User text is in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Its kind.
    pub kind: MistakeKind,
    /// The part of the command that was understood, such as `ec2`; empty when none was.
    pub understood: String,
    /// What is wrong, in a lower-case fragment.
    pub wrong: String,
    /// The nearest right command, ready to be typed, without the mention.
    pub suggestion: Option<String>,
}

impl Mistake {
    pub(super) fn new(kind: MistakeKind, understood: &str, wrong: &str) -> Self {
        Mistake { kind, understood: understood.to_owned(), wrong: wrong.to_owned(), suggestion: None }
    }

    pub(super) fn suggest(mut self, command: &str) -> Self {
        self.suggestion = Some(command.to_owned());
        self
    }

    pub(super) fn pack(error: &PackError) -> Self {
        Mistake::new(MistakeKind::Internal, "", &error.to_string())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wrong)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mistake {}

/// User text for a message: its beginning, on one line.
pub(super) fn shown(text: &str) -> String {
    let line: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > 60 { line + "…" } else { line }
}

/// API operations that do what a subcommand of `s3` does, with what it would be called with.
const S3: [(&str, &str, &str); 9] = [
    ("cp", "between a disk and S3, or of several objects, is many calls", "s3api get-object --bucket BUCKET --key KEY"),
    ("ls", "lists buckets or objects", "s3api list-buckets"),
    ("mb", "makes a bucket", "s3api create-bucket --bucket BUCKET"),
    ("mv", "moves files", "s3api copy-object --copy-source BUCKET/KEY --bucket BUCKET --key KEY"),
    (
        "presign",
        "makes a link that lets in whoever has it, which never comes into a channel",
        "s3api head-object --bucket BUCKET --key KEY",
    ),
    ("rb", "removes a bucket", "s3api delete-bucket --bucket BUCKET"),
    ("rm", "of more than one object lists and deletes in many calls", "s3api delete-object --bucket BUCKET --key KEY"),
    ("sync", "copies folders between a disk and S3", "s3api list-objects-v2 --bucket BUCKET"),
    ("website", "configures a website", "s3api put-bucket-website --bucket BUCKET --website-configuration JSON"),
];

/// A top-level command that is no service: `s3`, `configure`, `history`.
pub(super) fn custom_command(command: &str, sub: Option<&str>) -> Mistake {
    if command != "s3" {
        let wrong = format!(
            "`{command}` changes the settings of a computer that runs the AWS CLI, there is nothing of that here"
        );
        return Mistake::new(MistakeKind::CustomCommand, command, &wrong).suggest("help");
    }
    let known = sub.and_then(|sub| S3.iter().find(|(name, ..)| *name == sub));
    match known {
        Some((name, does, instead)) => {
            let objects = match *name {
                "cp" => {
                    ", or `s3api put-object --bucket BUCKET --key KEY --body fileb://ATTACHMENT`; of one object to another place it is `s3 cp s3://BUCKET/KEY s3://BUCKET/KEY`"
                }
                "ls" => ", or `s3api list-objects-v2 --bucket BUCKET`",
                "rm" => ", or `s3api delete-objects --bucket BUCKET --delete 'Objects=[{Key=KEY},{Key=KEY}]'`",
                _ => "",
            };
            let wrong = format!(
                "`s3 {name}` {does}; it is a program of the AWS CLI around API calls, here call the operation itself: `{instead}`{objects}"
            );
            Mistake::new(MistakeKind::CustomCommand, "s3", &wrong).suggest(instead)
        }
        None => {
            let wrong = "`s3` is a program of the AWS CLI around API calls, here its operations are under `s3api`";
            Mistake::new(MistakeKind::CustomCommand, "s3", wrong).suggest("s3api help")
        }
    }
}

/// API operations behind custom operations of a service's command.
const CUSTOM: [(&str, &str, &str); 38] = [
    ("cloudformation", "deploy", "cloudformation create-change-set"),
    ("cloudformation", "package", "s3api put-object"),
    ("cloudtrail", "create-subscription", "cloudtrail create-trail"),
    ("cloudtrail", "update-subscription", "cloudtrail update-trail"),
    ("cloudtrail", "validate-logs", "cloudtrail describe-trails"),
    ("configservice", "get-status", "configservice describe-configuration-recorder-status"),
    ("configservice", "subscribe", "configservice put-delivery-channel"),
    ("datapipeline", "create-default-roles", "iam create-role"),
    ("datapipeline", "list-runs", "datapipeline query-objects"),
    ("deploy", "deregister", "deploy deregister-on-premises-instance"),
    ("deploy", "install", "deploy get-on-premises-instance"),
    ("deploy", "push", "deploy register-application-revision"),
    ("deploy", "register", "deploy register-on-premises-instance"),
    ("deploy", "uninstall", "deploy deregister-on-premises-instance"),
    ("dlm", "create-default-role", "iam create-role"),
    ("ecs", "deploy", "ecs update-service"),
    ("eks", "update-kubeconfig", "eks describe-cluster"),
    ("emr", "add-instance-groups", "emr modify-instance-groups"),
    ("emr", "add-steps", "emr add-job-flow-steps"),
    ("emr", "create-cluster", "emr run-job-flow"),
    ("emr", "create-default-roles", "iam create-role"),
    ("emr", "create-hbase-backup", "emr add-job-flow-steps"),
    ("emr", "describe-cluster", "emr list-clusters"),
    ("emr", "disable-hbase-backups", "emr add-job-flow-steps"),
    ("emr", "get", "emr describe-cluster"),
    ("emr", "install-applications", "emr add-job-flow-steps"),
    ("emr", "modify-cluster-attributes", "emr set-termination-protection"),
    ("emr", "put", "emr describe-cluster"),
    ("emr", "restore-from-hbase-backup", "emr add-job-flow-steps"),
    ("emr", "schedule-hbase-backup", "emr add-job-flow-steps"),
    ("emr", "socks", "emr describe-cluster"),
    ("emr", "ssh", "emr describe-cluster"),
    ("emr", "terminate-clusters", "emr terminate-job-flows"),
    ("emr-containers", "update-role-trust-policy", "iam update-assume-role-policy"),
    ("gamelift", "get-game-session-log", "gamelift describe-game-sessions"),
    ("gamelift", "upload-build", "gamelift list-builds"),
    ("logs", "start-live-tail", "logs filter-log-events"),
    ("servicecatalog", "generate", "servicecatalog create-product"),
];

/// Custom operations that make or use credentials, with an operation about the same things.
const SECRET: [(&str, &str, &str); 8] = [
    ("cloudfront", "sign", "cloudfront list-distributions"),
    ("codeartifact", "login", "codeartifact get-repository-endpoint"),
    ("codecommit", "credential-helper", "codecommit list-repositories"),
    ("ecr", "get-login", "ecr describe-repositories"),
    ("ecr", "get-login-password", "ecr describe-repositories"),
    ("ecr-public", "get-login-password", "ecr-public describe-repositories"),
    ("eks", "get-token", "eks describe-cluster"),
    ("rds", "generate-db-auth-token", "rds describe-db-instances"),
];

/// A custom operation of a service's command.
pub(super) fn custom_operation(command: &str, service: &Service, name: &str, sub: Option<&str>) -> Mistake {
    if name == "wait" {
        let wanted = sub.map(|sub| sub.replace('-', ""));
        let waiter =
            service.waiters.iter().find(|waiter| Some(waiter.name.replace('-', "").to_ascii_lowercase()) == wanted);
        let operation = waiter.and_then(|waiter| service.operation(&waiter.operation));
        let wrong = format!("`{command} wait` blocks until something has happened, here look at its state instead");
        let instead = operation
            .map_or_else(|| format!("{command} help"), |operation| format!("{command} {}", operation.cli_name));
        return Mistake::new(MistakeKind::CustomCommand, command, &wrong).suggest(&instead);
    }
    let of = |(of, custom, _): &&(&str, &str, &str)| *of == command && *custom == name;
    if let Some((.., instead)) = SECRET.iter().find(of) {
        let wrong = format!("`{command} {name}` makes credentials, which never come into a channel");
        return Mistake::new(MistakeKind::CustomCommand, command, &wrong).suggest(instead);
    }
    let instead = CUSTOM.iter().find(of).map(|(.., instead)| *instead);
    let wrong =
        format!("`{command} {name}` is a program of the AWS CLI around API calls, here call the operations themselves");
    Mistake::new(MistakeKind::CustomCommand, command, &wrong).suggest(instead.unwrap_or(&format!("{command} help")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex::Word;
    use crate::parse::{Dialect, Grammar, Parsed, Setting};
    use bailiwick_aws::pack::Pack;

    fn parse(grammar: &Grammar, line: &str) -> Result<Parsed, Mistake> {
        let words: Vec<Word> = line.split(' ').map(Word::plain).collect();
        grammar.parse(&words, &Setting { dialect: Dialect::Chat, attachments: &[] })
    }

    #[test]
    fn every_custom_command_names_an_operation_that_there_is() {
        let pack = Pack::embedded().unwrap();
        let grammar = Grammar::new(pack.clone()).unwrap();
        let mut missing = Vec::new();
        for command in &pack.cli().unwrap().commands {
            for custom in command.custom.iter().filter(|custom| custom.name != "wait" && command.service.is_some()) {
                let known = |(of, name, _): &&(&str, &str, &str)| *of == command.name && *name == custom.name;
                if !CUSTOM.iter().chain(&SECRET).any(|row| known(&row)) {
                    missing.push(format!("{} {}", command.name, custom.name));
                }
            }
        }
        for command in pack.cli().unwrap().commands.iter().filter(|command| command.service.is_none()) {
            for custom in command.custom.iter().filter(|_| command.name == "s3") {
                if !S3.iter().any(|(name, ..)| *name == custom.name) {
                    missing.push(format!("{} {}", command.name, custom.name));
                }
            }
            let said = custom_command(&command.name, None);
            assert!(said.wrong.contains(&command.name) && said.suggestion.is_some(), "{}", command.name);
        }
        assert!(missing.is_empty(), "{missing:?}");
        let of_s3 = S3.iter().map(|(.., instead)| instead);
        for instead in CUSTOM.iter().chain(&SECRET).map(|(.., instead)| instead).chain(of_s3) {
            let instead = instead.split(" --").next().unwrap();
            let (command, operation) = instead.split_once(' ').unwrap();
            let (command, service) = grammar.service(command, Dialect::Cli).unwrap().unwrap();
            assert!(grammar.operation_of(&command, &service, operation, Dialect::Chat).is_some(), "{instead}");
        }
    }

    #[test]
    fn programs_of_s3_that_are_one_call() {
        let grammar = Grammar::new(Pack::embedded().unwrap()).unwrap();
        for (line, operation, input) in [
            ("s3 ls", "ListBuckets", r#"{}"#),
            ("s3 ls s3://logs/2026/", "ListObjectsV2", r#"{"Bucket":"logs","Delimiter":"/","Prefix":"2026/"}"#),
            ("s3 ls logs --recursive", "ListObjectsV2", r#"{"Bucket":"logs","Prefix":""}"#),
            ("s3 rb s3://logs", "DeleteBucket", r#"{"Bucket":"logs"}"#),
            ("s3 rm s3://logs/a/b.txt", "DeleteObject", r#"{"Bucket":"logs","Key":"a/b.txt"}"#),
            ("s3 mb s3://logs --region us-east-1", "CreateBucket", r#"{"Bucket":"logs"}"#),
            ("s3 cp s3://a/b/c s3://d", "CopyObject", r#"{"Bucket":"d","CopySource":"a/b/c","Key":"c"}"#),
            ("s3 cp s3://a/b/c s3://d/e/", "CopyObject", r#"{"Bucket":"d","CopySource":"a/b/c","Key":"e/c"}"#),
            ("s3 cp s3://a/b s3://d/e", "CopyObject", r#"{"Bucket":"d","CopySource":"a/b","Key":"e"}"#),
        ] {
            let Ok(Parsed::Call(call)) = parse(&grammar, line) else { panic!("{line}") };
            assert_eq!(&*call.operation, operation, "{line}");
            let found =
                bailiwick_aws::value::json::to_json(&call.input, bailiwick_aws::value::json::TimestampStyle::Rfc3339);
            assert_eq!(found, serde_json::from_str::<serde_json::Value>(input).unwrap(), "{line}");
            assert!(call.listing.is_some());
            // Read again, as after a confirmation, it prints the same.
            let again = crate::render::again(&call);
            let Ok(Parsed::Call(same)) = parse(&grammar, &again) else { panic!("{again}") };
            if let Some(crate::output::s3::Listing::Done { .. }) = &call.listing {
                assert_eq!((&same.listing, &same.input), (&call.listing, &call.input), "{again}");
            }
            assert!(call.line.starts_with("s3api "), "{}", call.line);
        }
        let website = "s3 website s3://logs/ --index-document i.html --error-document=e.html";
        let Ok(Parsed::Call(call)) = parse(&grammar, website) else { panic!() };
        let documents = call.input.get("WebsiteConfiguration").unwrap();
        let name = |document: &str, member: &str| documents.get(document)?.get(member)?.as_str();
        assert_eq!(&*call.operation, "PutBucketWebsite");
        assert_eq!(name("IndexDocument", "Suffix").zip(name("ErrorDocument", "Key")), Some(("i.html", "e.html")));
        let Ok(Parsed::Call(call)) = parse(&grammar, "s3 mb s3://logs --region eu-west-1") else { panic!() };
        assert!(call.input.get("CreateBucketConfiguration").is_some());
        // Where the words name no Region, the bucket lies where the call is made.
        for (region, place) in [("eu-central-1", Some("eu-central-1")), ("us-east-1", None)] {
            let Ok(Parsed::Call(mut call)) = parse(&grammar, "s3 mb s3://logs") else { panic!() };
            call.in_region(region);
            let found =
                call.input.get("CreateBucketConfiguration").and_then(|of| of.get("LocationConstraint")?.as_str());
            assert_eq!(found, place, "{region}");
        }
        let Ok(Parsed::Call(mut call)) = parse(&grammar, "s3api create-bucket --bucket logs") else { panic!() };
        call.in_region("eu-central-1");
        assert_eq!(call.input.get("CreateBucketConfiguration"), None, "what was typed is what is called");
        for line in [
            "s3 cp s3://a/b .",
            "s3 cp s3://a/b/ s3://c",
            "s3 cp s3://a s3://c",
            "s3 mv s3://a/b s3://c/d",
            "s3 mb logs",
            "s3 presign s3://a/b",
            "s3 rb s3://logs --force",
            "s3 rb s3://logs --farce",
            "s3 website s3://logs/a --index-document i",
            "s3 rm s3://logs/a --recursive",
            "s3 rm s3://logs",
            "s3 sync s3://a s3://b",
            "s3",
            "ecr get-login-password",
            "configure list",
        ] {
            assert_eq!(parse(&grammar, line).unwrap_err().kind, MistakeKind::CustomCommand, "{line}");
        }
        // What is to be typed next is whole, however long it is.
        let long = format!("s3://logs/{}", "folder/".repeat(20));
        let mistake = parse(&grammar, &format!("s3 mv {long}key s3://copies")).unwrap_err();
        assert!(mistake.wrong.contains(&format!("`s3 rm {long}key`")), "{mistake}");
        for (line, parts) in [
            ("s3 mv s3://a/b s3://c/d", &["`s3 cp s3://a/b s3://c/d`", "`s3 rm s3://a/b`"][..]),
            ("s3 rm s3://logs/a --recursive", &["`s3 ls s3://logs/a --recursive`", "delete-objects --bucket logs "]),
            ("s3 rb s3://logs --force", &["`s3 ls s3://logs --recursive`", "--bucket logs ", "`s3 rb s3://logs`"]),
            ("s3 sync s3://a/x s3://b", &["`s3 ls s3://a/x --recursive`", "`s3 ls s3://b --recursive`", "`s3 cp "]),
        ] {
            let mistake = parse(&grammar, line).unwrap_err();
            assert!(parts.iter().all(|part| mistake.wrong.contains(part)), "{mistake}");
            assert!(parse(&grammar, &mistake.suggestion.unwrap()).is_ok(), "{line}");
        }
    }
}
