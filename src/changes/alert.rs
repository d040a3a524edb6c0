//! Something that concerns a stakeholder, on its way through the stream: left there by
//! `sql/leave_alert.sql`, in the transaction that is the cause.
//!
//! Whoever may connect may put words into the stream, so it is signed with a key that
//! only the engine can read. What somebody saw there, as a role with `REPLICATION` may,
//! is worth nothing a second time: it names its transaction, or, as one that outlives a
//! rollback has none, an LSN that it stands close behind.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

use super::Lsn;
use crate::error::{Error, Result};
use crate::moment::Moment;

/// The length of the signature, which stands before the rest.
const SIGNATURE: usize = 32;

/// How far behind its LSN one without a transaction may stand: more than Postgres
/// writes while a session that has looked where it is waits for its turn.
const REACH: u64 = 256 << 20;

/// An alert, as the log has it: the number of its stakeholder, and JSON.
#[derive(Debug)]
pub struct Alert<'a> {
    pub stakeholder: i64,
    pub content: Content<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Content<'a> {
    /// As documents name it.
    pub kind: &'a str,
    /// When it happened, in microseconds since 2000.
    pub at: i64,
    /// The full number of its transaction; none if it is told whether or not that commits.
    xid: Option<u64>,
    /// Where Postgres's log was written up to just before.
    after: &'a str,
    /// What no other alert has.
    pub nonce: &'a str,
    /// What the event is to say.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

impl<'a> Alert<'a> {
    /// The prefix under which it stands in the stream.
    pub const PREFIX: &'static str = "integratedb.alert";

    /// Reads one that the log keeps; only whose it is, if it is somebody else's.
    pub fn of(stakeholder: i64, message: &'a [u8]) -> Result<Option<Self>> {
        match message.split_first_chunk() {
            Some((number, _)) if i64::from_be_bytes(*number) != stakeholder => Ok(None),
            _ => Self::read(message).map(Some),
        }
    }

    /// Reads one that the log keeps, or is to keep.
    pub fn read(message: &'a [u8]) -> Result<Self> {
        let (number, content) = message
            .split_first_chunk()
            .ok_or_else(|| Error::internal("an alert in the log is of nobody"))?;
        let content = serde_json::from_slice(content).map_err(Error::internal)?;
        Ok(Self { stakeholder: i64::from_be_bytes(*number), content })
    }

    /// When the alert of a message happened.
    pub fn moment(message: &'a [u8]) -> Result<Moment> {
        Ok(Moment(Self::read(message)?.content.at))
    }

    /// The LSN that it stands behind.
    pub fn after(&self) -> Lsn {
        self.content.after.parse().unwrap_or_default()
    }

    fn is_of_transaction(&self, xid: u32) -> bool {
        self.content.xid.is_some_and(|full| full & u64::from(u32::MAX) == u64::from(xid))
    }

    fn may_stand_at(&self, lsn: Lsn) -> bool {
        let distance = lsn.0.checked_sub(self.after().0);
        self.content.xid.is_none() && distance.is_some_and(|distance| distance <= REACH)
    }
}

/// Where something stands in the stream.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// Within a transaction, by the last 32 bits of its number.
    Transaction(u32),
    /// Within none, and before this LSN.
    Alone(Lsn),
}

/// What of a message goes into the log; none if it isn't signed with this key for the
/// place at which it stands.
pub fn verified(message: &Bytes, key: &[u8], place: Place) -> Option<Bytes> {
    let (signature, signed) = message.split_at_checked(SIGNATURE)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(signed);
    mac.verify_slice(signature).ok()?;
    let alert = Alert::read(signed).ok()?;
    let is_in_place = match place {
        Place::Transaction(xid) => alert.is_of_transaction(xid),
        Place::Alone(lsn) => alert.may_stand_at(lsn),
    };
    is_in_place.then(|| message.slice(SIGNATURE..))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"the key of the engine";

    fn message(xid: &str, after: &str) -> Bytes {
        let json = format!(
            r#"{{"kind": "claim_met", "at": 1, "xid": {xid}, "after": "{after}", "nonce": "x", "data": {{"n": 1}}}}"#
        );
        let signed = [&7_i64.to_be_bytes(), json.as_bytes()].concat();
        let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
        mac.update(&signed);
        [mac.finalize().into_bytes().as_slice(), signed.as_slice()].concat().into()
    }

    #[test]
    fn what_is_signed_is_read() {
        let logged = verified(&message("4294967303", "0/1"), KEY, Place::Transaction(7)).unwrap();
        let alert = Alert::of(7, &logged).unwrap().unwrap();
        assert_eq!((alert.content.kind, alert.content.data.get()), ("claim_met", r#"{"n": 1}"#));
        assert!(Alert::of(8, &logged).unwrap().is_none());
    }

    #[test]
    fn nothing_is_taken_that_was_changed_or_stands_elsewhere() {
        let mine = message("7", "0/100");
        let place = Place::Transaction(7);
        assert!(verified(&mine, KEY, place).is_some());
        assert!(verified(&mine, b"another", place).is_none());
        for no in 0..mine.len() {
            let mut changed = mine.to_vec();
            changed[no] ^= 1;
            assert!(verified(&changed.into(), KEY, place).is_none(), "{no}");
            assert!(verified(&mine.slice(..no), KEY, place).is_none(), "{no}");
        }
        assert!(verified(&mine, KEY, Place::Transaction(8)).is_none());
        assert!(verified(&mine, KEY, Place::Alone(Lsn(0x100))).is_none());

        let alone = message("null", "0/100");
        assert!(verified(&alone, KEY, Place::Transaction(7)).is_none());
        for (lsn, is_near) in
            [(0x100, true), (0x100 + REACH, true), (0x101 + REACH, false), (0xff, false)]
        {
            assert_eq!(verified(&alone, KEY, Place::Alone(Lsn(lsn))).is_some(), is_near, "{lsn}");
        }
    }
}
