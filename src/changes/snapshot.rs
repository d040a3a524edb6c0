//! What a transaction saw of the others: which of them had been committed for it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A `pg_snapshot`: numbers of transactions, in full 64 bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Snapshot {
    /// Everything before this had ended.
    xmin: u64,
    /// This and everything after it had not begun, or not ended.
    pub xmax: u64,
    /// Those between that were running; sorted.
    pub running: Vec<u64>,
}

impl Snapshot {
    /// Whether it sees what the transaction of this number did, if that was committed.
    pub fn sees(&self, xid: u64) -> bool {
        xid < self.xmin || xid < self.xmax && self.running.binary_search(&xid).is_err()
    }
}

/// As Postgres writes it: `10:20:12,13`.
impl FromStr for Snapshot {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a snapshot as Postgres writes it, like 10:20:12,13";
        let number = |digits: &str| digits.parse::<u64>().map_err(|_| WRONG);
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().ok_or(WRONG);
        let (xmin, xmax) = (number(next()?)?, number(next()?)?);
        let running = next()?.split(',').filter(|digits| !digits.is_empty());
        let mut running = running.map(number).collect::<Result<Vec<_>, _>>()?;
        running.sort_unstable();
        Ok(Self { xmin, xmax, running })
    }
}

impl TryFrom<String> for Snapshot {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Snapshot> for String {
    fn from(snapshot: Snapshot) -> Self {
        let running: Vec<String> = snapshot.running.iter().map(u64::to_string).collect();
        format!("{}:{}:{}", snapshot.xmin, snapshot.xmax, running.join(","))
    }
}

/// The full number of a transaction of which the last 32 bits are known: the one
/// nearest to another.
pub fn widen(xid: u32, near: u64) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the last 32 bits are meant")]
    let distance = xid.wrapping_sub(near as u32).cast_signed();
    near.saturating_add_signed(distance.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sees_what_had_ended_when_it_was_taken() {
        let snapshot: Snapshot = "10:20:13,12".parse().unwrap();
        let seen: Vec<u64> = (8..22).filter(|xid| snapshot.sees(*xid)).collect();
        assert_eq!(seen, [8, 9, 10, 11, 14, 15, 16, 17, 18, 19]);
        assert_eq!(String::from(snapshot), "10:20:12,13");
        assert!("10:20:".parse::<Snapshot>().is_ok_and(|snapshot| snapshot.sees(19)));
        for wrong in ["", "1", "1:2", "1:2:x", "a:2:"] {
            assert!(wrong.parse::<Snapshot>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_of_32_bits_is_the_nearest_of_64() {
        let round = 1_u64 << 32;
        assert_eq!(widen(7, 9), 7);
        assert_eq!(widen(7, round - 1), round + 7);
        assert_eq!(widen(u32::MAX, round + 7), round - 1);
    }
}
