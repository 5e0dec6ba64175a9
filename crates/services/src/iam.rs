//! AWS IAM: users, groups, roles, policies and access keys of the directory.

crate::operation::operations! {}
