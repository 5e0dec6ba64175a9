use crate::StoreError;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// The key that everything secret in the store hangs from: 32 bytes, kept in a file of its own beside the database. Without it
/// access keys cannot be read and the audit chain cannot go on.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl MasterKey {
    /// From 32 bytes that nobody else knows.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key from the operating system.
    ///
    /// # Errors
    /// `Unavailable` when it gives no random bytes.
    pub fn generate() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|_| StoreError::unavailable("the operating system gives no random bytes for a master key"))?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Reads the key from its file.
    ///
    /// # Errors
    /// `Unavailable` when the file is missing or others than its owner may read it; `Corrupt` when it is not 32 bytes.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let shown = path.display();
        let unreadable = |error: std::io::Error| {
            StoreError::unavailable(format!(
                "the master key `{shown}` cannot be read ({error}); restore it from a backup"
            ))
        };
        let file = File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(StoreError::unavailable(format!(
                "the master key `{shown}` can be read by others (mode {mode:03o}); run `chmod 600 {shown}`, and replace the access keys \
                 if somebody may have read it"
            )));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        file.take(33).read_to_end(&mut bytes).map_err(unreadable)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
            StoreError::corrupt(format!("the master key `{shown}`"), "it is not 32 bytes; restore it from a backup")
        })?;
        Ok(Self::from_bytes(bytes))
    }

    /// Makes a new key and its file with mode 0600, durably. Never replaces a file.
    ///
    /// # Errors
    /// `Duplicate` when the file exists, `Unavailable` when it cannot be written.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let key = Self::generate()?;
        let shown = path.display();
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::duplicate(format!("the master key `{shown}`")),
            _ => StoreError::unavailable(format!("the master key `{shown}` cannot be written: {error}")),
        };
        // Written under another name first: a crash never leaves a half-written key under the real one.
        let draft = path.with_extension("new");
        let _ = std::fs::remove_file(&draft);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
        file.write_all(key.bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::hard_link(&draft, path).map_err(failed)?;
        std::fs::remove_file(&draft).map_err(failed)?;
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(key)
    }
}
