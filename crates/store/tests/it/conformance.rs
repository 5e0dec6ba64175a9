use crate::{ephemeral, open};
use bailiwick_store::conformance::{case_count, run};
use std::sync::Arc;

#[tokio::test]
async fn a_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let failures = run(|case| Arc::new(open(&folder.path().join(case.replace(':', "-"))))).await;
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), case_count());
}

#[tokio::test]
async fn memory_conforms() {
    let failures = run(|_| Arc::new(ephemeral())).await;
    assert!(failures.is_empty(), "{failures:#?}");
}
