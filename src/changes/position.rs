//! Where something stands in the stream: the LSN of its transaction's commit, and
//! which of the transaction's changes it is.

use std::fmt;
use std::str::FromStr;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, PgLsn, ToSql, Type};

/// A position in the write-ahead log, written as Postgres writes it: `16/B374D848`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

/// The place of one change, and as `16/B374D848:3` the id of its event. Positions
/// order as the changes were committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Where the commit of the transaction begins.
    pub lsn: Lsn,
    /// Which of the transaction's changes, from 0.
    pub index: u32,
}

impl Position {
    /// That of a message of no transaction, which ends at this LSN: another transaction's
    /// commit may begin there, but none can begin just before, as LSNs are even.
    pub fn of_message(lsn: Lsn) -> Self {
        Self { lsn: Lsn(lsn.0.saturating_sub(1)), index: 0 }
    }

    /// Behind everything that was committed before this LSN, and before all at it.
    pub fn before(lsn: Lsn) -> Self {
        Self { lsn: Lsn(lsn.0.saturating_sub(1)), index: u32::MAX }
    }

    /// After which a reader goes on who names the last event that it has processed, or an
    /// LSN: then everything that was committed after that comes.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn to_go_on(text: &str) -> Result<Self, &'static str> {
        let lsn = || text.parse().map(Self::before);
        text.parse().or_else(|_| lsn()).map_err(
            |_| "must be the id of an event, like 16/B374D848:3, or an LSN, like 16/B374D848",
        )
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for Lsn {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let half = |digits: &str| {
            let fits = (1..=8).contains(&digits.len())
                && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            fits.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
        };
        text.split_once('/')
            .and_then(|(high, low)| Some(Self(half(high)? << 32 | half(low)?)))
            .ok_or("must be an LSN as Postgres writes it, like 16/B374D848")
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.lsn, self.index)
    }
}

impl FromStr for Position {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.rsplit_once(':')
            .and_then(|(lsn, index)| {
                Some(Self { lsn: lsn.parse().ok()?, index: index.parse().ok()? })
            })
            .ok_or("must be the id of an event, like 16/B374D848:3")
    }
}

impl ToSql for Lsn {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        PgLsn::from(self.0).to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <PgLsn as ToSql>::accepts(kind)
    }

    tokio_postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Lsn {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        PgLsn::from_sql(kind, raw).map(|lsn| Self(lsn.into()))
    }

    fn accepts(kind: &Type) -> bool {
        <PgLsn as FromSql>::accepts(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let position = Position { lsn: Lsn(0x16_B374_D848), index: 3 };
        assert_eq!(position.to_string(), "16/B374D848:3");
        assert_eq!("16/B374D848:3".parse(), Ok(position));
        for wrong in ["", "16", "16/B374D848", "16/B374D848:", "16/B374D848:-1", "x/1:1", "1/+1:1"]
        {
            assert!(wrong.parse::<Position>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_reader_goes_on_after_an_event_or_with_all_since_an_lsn() {
        let at = |lsn, index| Position { lsn: Lsn(lsn), index };
        assert_eq!(Position::to_go_on("0/10:3"), Ok(at(0x10, 3)));
        assert_eq!(Position::to_go_on("0/10"), Ok(Position::before(Lsn(0x10))));
        assert!(Position::to_go_on("0/10:").unwrap_err().contains("an LSN"));
    }

    #[test]
    fn positions_order_by_commit_then_by_change() {
        let at = |lsn, index| Position { lsn: Lsn(lsn), index };
        assert!(at(1, 9) < at(2, 0) && at(2, 0) < at(2, 1));
        assert!(Position::before(Lsn(2)) < at(2, 0) && at(1, 0) < Position::before(Lsn(2)));
    }
}
