//! Whether the chain is as it was sealed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::error::Result;

/// A hash of the chain, as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash(Vec<u8>);

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub is_intact: bool,
    pub entries: i64,
    /// What the chain ends with. Who keeps it elsewhere can tell later whether the end
    /// was cut off, or all was written anew.
    pub head: Hash,
    /// The first entry that isn't as it should be.
    pub broken_at: Option<i64>,
    pub reason: Option<String>,
}

/// Verifies the whole chain; and that the entry is still there that a hash was of, if
/// one was kept.
pub async fn verify(client: &Client, known: Option<&Hash>) -> Result<Verification> {
    let row = client
        .query_one(
            "select entries, head, broken_at, reason from integratedb.verify_audit($1)",
            &[/* known */ &known.map(|known| &known.0)],
        )
        .await?;
    let reason: Option<String> = row.get("reason");
    Ok(Verification {
        is_intact: reason.is_none(),
        entries: row.get("entries"),
        head: Hash(row.get("head")),
        broken_at: row.get("broken_at"),
        reason,
    })
}

/// How many entries the chain has, and the hash that it ends with.
pub async fn head(client: &Client) -> Result<(i64, Hash)> {
    let row = client.query_one("select no, hash from integratedb.audit_head", &[]).await?;
    Ok((row.get("no"), Hash(row.get("hash"))))
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let wrong = "must be 64 hexadecimal digits, as a verification or the log shows them";
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong);
        (0..64).step_by(2).map(byte).collect::<Result<_, _>>().map(Self)
    }
}

impl Verification {
    /// In a sentence for a person.
    pub fn in_words(&self) -> String {
        let entries = match self.entries {
            1 => "1 entry".to_owned(),
            several => format!("{several} entries"),
        };
        match (self.broken_at, &self.reason) {
            (_, None) => {
                format!("The audit is intact: {entries}. It ends with the hash\n{}", self.head)
            }
            (Some(no), Some(reason)) => format!("The audit is broken: entry {no} {reason}."),
            (None, Some(reason)) => format!("The audit is broken: {reason}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_as_it_is_written() {
        let text = "0faab15fdd5364bd999bf8f0e03f742e85ca6ab0ee0a0810c2e861517dab30ef";
        assert_eq!(text.parse::<Hash>().unwrap().to_string(), text);
        assert_eq!(text.to_uppercase().parse::<Hash>().unwrap().to_string(), text);
        for wrong in ["", "0f", &text.replace('0', "g"), &format!("{text}00"), &"é".repeat(32)] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }
}
