//! The one binary. See ARCHITECTURE.md.

fn main() {}
