use crate::open;
use bailiwick_store::audit::verify;
use bailiwick_store::vault::MasterKey;
use bailiwick_store::{
    AuditDraft, AuditKind, Change, DATABASE_FILE, EntityKey, Expect, MASTER_KEY_FILE, Settings, SqliteStore, Store,
    StoreError,
};
use std::os::unix::fs::PermissionsExt;

fn put(id: &str) -> Change {
    let audit = AuditDraft { id: id.to_owned(), kind: AuditKind::System, record: "{}".to_owned() };
    Change::new().put(EntityKey::global("k", id), "{}", Expect::Absent).audit(audit)
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let key = {
        let store = open(folder.path());
        store.commit(put("a")).await.unwrap();
        store.close().await.unwrap();
        assert!(matches!(store.commit(put("b")).await, Err(StoreError::Unavailable { .. })));
        assert!(matches!(store.directory_revision().await, Err(StoreError::Unavailable { .. })));
        store.audit_public_key()
    };
    let store = open(folder.path());
    assert_eq!(store.commit(put("b")).await.unwrap().audit, [2]);
    assert!(store.entity(EntityKey::global("k", "a")).await.unwrap().is_some());
    assert_eq!(store.audit_public_key(), key);
    let rows = store.audit(0, 10).await.unwrap();
    assert_eq!(verify(&rows, store.audit_head().await.unwrap().as_ref(), &key).unwrap().records, 2);
}

#[tokio::test]
async fn closing_writes_the_log_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.commit(put("a")).await.unwrap();
    let log = folder.path().join(format!("{DATABASE_FILE}-wal"));
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    store.close().await.unwrap();
    assert!(std::fs::metadata(&log).map_or(0, |file| file.len()) == 0);
}

#[tokio::test]
async fn a_folder_has_one_writer_and_any_number_of_readers() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let refused = SqliteStore::open(folder.path(), &Settings::default()).unwrap_err().to_string();
    assert!(refused.contains(&format!("another Bailiwick (process {})", std::process::id())), "{refused}");

    store.commit(put("a")).await.unwrap();
    let reader = SqliteStore::inspect(folder.path()).unwrap();
    assert_eq!(reader.audit(0, 10).await.unwrap().len(), 1);
    let refused = reader.commit(put("b")).await.unwrap_err().to_string();
    assert!(refused.contains("reading only"), "{refused}");
    assert_eq!(reader.audit_public_key(), store.audit_public_key());

    store.close().await.unwrap();
    let again = open(folder.path());
    again.commit(put("b")).await.unwrap();
}

#[test]
fn the_folder_is_private() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    drop(open(&folder));
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    assert_eq!(mode(folder.join(MASTER_KEY_FILE)), 0o600);
}

#[test]
fn a_lost_or_other_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.commit(put("a"))).unwrap();
    drop(store);
    let key = folder.path().join(MASTER_KEY_FILE);
    let bytes = std::fs::read(&key).unwrap();

    std::fs::remove_file(&key).unwrap();
    let refused = SqliteStore::open(folder.path(), &Settings::default()).unwrap_err().to_string();
    assert!(refused.contains("restore it from a backup"), "{refused}");

    std::fs::write(&key, [1; 32]).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let refused = SqliteStore::open(folder.path(), &Settings::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");

    std::fs::write(&key, bytes).unwrap();
    drop(open(folder.path()));
    let other = Settings { node: "other".to_owned(), ..Settings::default() };
    let refused = SqliteStore::open(folder.path(), &other).unwrap_err().to_string();
    assert!(refused.contains("belongs to node `main`"), "{refused}");
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    std::fs::write(folder.path().join(DATABASE_FILE), "not a database, and long enough to be looked at ".repeat(100))
        .unwrap();
    let refused = SqliteStore::open(folder.path(), &Settings::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
    let nothing = SqliteStore::inspect(&folder.path().join("nothing")).unwrap_err().to_string();
    assert!(nothing.contains("there is no data folder"), "{nothing}");
}

#[tokio::test]
async fn an_image_of_a_store_in_memory_begins_where_it_was_taken() {
    let store = crate::ephemeral();
    store.commit(put("a")).await.unwrap();
    let image = store.image().await.unwrap();
    store.commit(put("b")).await.unwrap();
    for _ in 0..2 {
        let key = MasterKey::from_bytes([9; 32]);
        let copy = SqliteStore::ephemeral_from(&image, key, &Settings::default()).unwrap();
        assert!(copy.entity(EntityKey::global("k", "b")).await.unwrap().is_none());
        assert_eq!(copy.commit(put("b")).await.unwrap().audit, [2]);
        let (rows, head) = (copy.audit(0, 10).await.unwrap(), copy.audit_head().await.unwrap());
        assert_eq!(verify(&rows, head.as_ref(), &store.audit_public_key()).unwrap().records, 2);
    }
    let other = SqliteStore::ephemeral_from(&image, MasterKey::from_bytes([1; 32]), &Settings::default());
    assert!(matches!(other, Err(StoreError::Corrupt { .. })));
    let nothing = SqliteStore::ephemeral_from(b"nothing", MasterKey::from_bytes([9; 32]), &Settings::default());
    assert!(nothing.is_err());
    let folder = tempfile::tempdir().unwrap();
    assert!(open(folder.path()).image().await.is_err());
}
