//! Entities: everything that is configuration or state of an AWS-like service and is looked up by name. A body is JSON text in
//! the stored form of the crate that owns the kind; the store never looks into it.

/// Where an entity lives and what it is called. Ordered by kind, partition, account, Region, id, which is the order of
/// [`Store::entities`](crate::Store::entities). Fields that do not apply are empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EntityKey {
    /// The kind, with dots, for example `directory.role` or `sns.subscription`. Never empty.
    pub kind: String,
    /// `aws`, `aws-cn`, ...
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// A Region code.
    pub region: String,
    /// The id within kind, partition, account and Region. Never empty.
    pub id: String,
}

impl EntityKey {
    /// A key that is not bound to a partition, account or Region.
    pub fn global(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into(), ..Self::default() }
    }

    /// A key in an account, without a Region.
    pub fn in_account(
        partition: impl Into<String>,
        account: impl Into<String>,
        kind: impl Into<String>,
        id: impl Into<String>,
    ) -> Self {
        Self {
            kind: kind.into(),
            partition: partition.into(),
            account: account.into(),
            region: String::new(),
            id: id.into(),
        }
    }

    /// This key in a Region.
    pub fn in_region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }
}

impl std::fmt::Display for EntityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.kind, self.id)?;
        if !self.account.is_empty() {
            write!(f, " in {}", self.account)?;
        }
        if !self.region.is_empty() {
            write!(f, " {}", self.region)?;
        }
        Ok(())
    }
}

/// A stored entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Where and what.
    pub key: EntityKey,
    /// 1 when first put, one more with each put; starts again at 1 after a delete.
    pub revision: u64,
    /// JSON text.
    pub body: String,
}

/// What must be true of the row before an operation touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Nothing is asked.
    Any,
    /// There is no such row, else [`StoreError::Duplicate`](crate::StoreError::Duplicate).
    Absent,
    /// There is one, else [`StoreError::Conflict`](crate::StoreError::Conflict).
    Present,
    /// There is one with exactly this revision (for a command: version), else `Conflict`.
    Revision(u64),
}

/// Which kinds a query reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KindFilter {
    /// Exactly this kind.
    Is(String),
    /// Every kind that begins with this text, for example `directory.`.
    StartsWith(String),
}

/// Which entities to read, in key order. Build it with [`EntityQuery::kind`] or [`EntityQuery::kinds`] and narrow it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntityQuery {
    /// The kinds.
    pub kind: KindFilter,
    /// Only this partition.
    pub partition: Option<String>,
    /// Only this account.
    pub account: Option<String>,
    /// Only this Region.
    pub region: Option<String>,
    /// Only ids that begin with this text, compared byte by byte.
    pub id_prefix: Option<String>,
    /// Only keys after this one: pass the last key of a page to get the next.
    pub after: Option<EntityKey>,
    /// At most so many rows; at most [`MAX_ROWS`](crate::MAX_ROWS).
    pub limit: u32,
}

impl EntityQuery {
    fn new(kind: KindFilter) -> Self {
        Self {
            kind,
            partition: None,
            account: None,
            region: None,
            id_prefix: None,
            after: None,
            limit: crate::MAX_ROWS,
        }
    }

    /// All entities of one kind, up to [`MAX_ROWS`](crate::MAX_ROWS).
    pub fn kind(kind: impl Into<String>) -> Self {
        Self::new(KindFilter::Is(kind.into()))
    }

    /// All entities of every kind that begins with `prefix`.
    pub fn kinds(prefix: impl Into<String>) -> Self {
        Self::new(KindFilter::StartsWith(prefix.into()))
    }

    /// Only this partition.
    pub fn partition(mut self, partition: impl Into<String>) -> Self {
        self.partition = Some(partition.into());
        self
    }

    /// Only this account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Only this Region.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Only ids that begin with `prefix`.
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.id_prefix = Some(prefix.into());
        self
    }

    /// Only keys after `key`.
    pub fn after(mut self, key: EntityKey) -> Self {
        self.after = Some(key);
        self
    }

    /// At most `limit` rows.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }
}
