//! `docs/services.md` is made from the models, the tables of operations and the support table.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use bailiwick_aws::pack::Pack;
use bailiwick_aws::support;
use bailiwick_services::Services;

const HEAD: &str = "\
# Services and their operations

Made by `BAILIWICK_WRITE=1 cargo nextest run -p bailiwick-services manual`; a test holds it to the program.

An operation that is not offered is authorized like any other and then answered with the code `NotImplemented` and the
status 501, so that nobody takes silence for success.

## What each service supports of IAM

Where a service's first guide stated otherwise, that stands in brackets; `--seed-semantics` goes by it.

| Service | Resource-level permissions | Resource-based policies | Tags | Condition keys of its own | Temporary credentials | Service-linked roles | Service roles |
|---|---|---|---|---|---|---|---|
";

fn manual() -> String {
    let pack = Pack::embedded().unwrap();
    let served: BTreeSet<(&str, &str)> = Services::operations().collect();
    let mut text = HEAD.to_owned();
    for row in support::table() {
        let seed = support::seed(&row.service).unwrap();
        let tags = match seed.tags == row.tags {
            true => row.tags.as_str().to_owned(),
            false => format!("{} ({})", row.tags.as_str(), seed.tags.as_str()),
        };
        let columns = [
            format!("{} (`{}`)", row.name, row.service),
            row.resource_level.as_str().to_owned(),
            row.resource_policies.as_str().to_owned(),
            tags,
            row.service_condition_keys.as_str().to_owned(),
            row.temporary_credentials.as_str().to_owned(),
            row.service_linked_roles.as_str().to_owned(),
            row.service_roles.as_str().to_owned(),
        ];
        writeln!(text, "| {} |", columns.join(" | ")).unwrap();
    }
    let services: BTreeSet<&str> = served.iter().map(|(service, _)| *service).collect();
    for name in services {
        let model = pack.service(name).unwrap();
        let mut operations: Vec<&str> = model.operations.keys().map(AsRef::as_ref).collect();
        operations.sort_unstable();
        let count = operations.iter().filter(|operation| served.contains(&(name, operation))).count();
        write!(text, "\n## {name}\n\n{count} of {} operations are served.\n\n", operations.len()).unwrap();
        text.push_str("| Operation | |\n|---|---|\n");
        for operation in operations {
            let word = if served.contains(&(name, operation)) { "served" } else { "not offered" };
            writeln!(text, "| `{operation}` | {word} |").unwrap();
        }
    }
    text
}

#[test]
fn the_manual_lists_every_operation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/services.md");
    let wanted = manual();
    if std::env::var_os("BAILIWICK_WRITE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/services.md is not current; its first lines say how it is made");
}
