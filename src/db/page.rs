//! A part of a list.

/// Which entries of a list, by keyset on the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Entries with a greater id than this.
    pub after: i64,
    /// Entries with a smaller id, in lists that begin with the newest.
    pub before: Option<i64>,
    /// This many; all of them when not given.
    pub limit: Option<i64>,
}
