use super::{MasterKey, Purpose, Vault, VaultError};
use crate::StoreError;
use std::os::unix::fs::PermissionsExt;

fn vault() -> Vault {
    Vault::new(MasterKey::from_bytes([7; 32]))
}

#[test]
fn opens_what_it_sealed_for_that_purpose_only() {
    let vault = vault();
    let sealed = vault.seal(Purpose::AccessKeySecret, b"wJalrXUtnFEMI").unwrap();
    assert_eq!(vault.open(Purpose::AccessKeySecret, &sealed).unwrap().as_slice(), b"wJalrXUtnFEMI");
    assert_eq!(vault.open(Purpose::SessionToken, &sealed), Err(VaultError::NotOpened));
    let other = Vault::new(MasterKey::from_bytes([8; 32]));
    assert_eq!(other.open(Purpose::AccessKeySecret, &sealed), Err(VaultError::NotOpened));
    assert_ne!(sealed, vault.seal(Purpose::AccessKeySecret, b"wJalrXUtnFEMI").unwrap());
}

#[test]
fn refuses_every_changed_byte() {
    let vault = vault();
    let sealed = vault.seal(Purpose::PaginationToken, b"page 2").unwrap();
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(vault.open(Purpose::PaginationToken, &changed), Err(VaultError::NotOpened), "{at}");
        assert_eq!(vault.open(Purpose::PaginationToken, &sealed[..at]), Err(VaultError::NotOpened), "{at}");
    }
}

#[test]
fn what_is_sealed_for_one_owner_does_not_open_for_another() {
    let vault = vault();
    let sealed = vault.seal_for(Purpose::AccessKeySecret, "AKIAONE", b"secret").unwrap();
    assert_eq!(vault.open_for(Purpose::AccessKeySecret, "AKIAONE", &sealed).unwrap().as_slice(), b"secret");
    assert_eq!(vault.open_for(Purpose::AccessKeySecret, "AKIATWO", &sealed), Err(VaultError::NotOpened));
    assert_eq!(vault.open(Purpose::AccessKeySecret, &sealed), Err(VaultError::NotOpened));
}

#[test]
fn signs_per_purpose() {
    let vault = vault();
    let signature = vault.sign(Purpose::ConsoleSession, b"dana");
    assert!(vault.signed(Purpose::ConsoleSession, b"dana", &signature));
    assert!(!vault.signed(Purpose::ConsoleSession, b"erin", &signature));
    assert!(!vault.signed(Purpose::SessionToken, b"dana", &signature));
    assert!(!vault.signed(Purpose::ConsoleSession, b"dana", "zz"));
}

#[test]
fn the_key_file_is_private_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let key = MasterKey::create(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(MasterKey::read(&path).unwrap().bytes(), key.bytes());
    assert!(matches!(MasterKey::create(&path), Err(StoreError::Duplicate { .. })));
    assert_eq!(MasterKey::read(&path).unwrap().bytes(), key.bytes());

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = MasterKey::read(&path).unwrap_err().to_string();
    assert!(refused.contains("mode 640") && refused.contains("chmod 600"), "{refused}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, [1; 31]).unwrap();
    assert!(matches!(MasterKey::read(&path), Err(StoreError::Corrupt { .. })));
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?} {:?}", MasterKey::from_bytes([7; 32]), vault());
    assert!(!shown.contains('7'), "{shown}");
}
