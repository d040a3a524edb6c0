//! The newest changes of rows by their transactions, so that what a snapshot has not
//! seen of a table is known without looking through the log.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tokio_postgres::Client;

use super::snapshot::{Snapshot, widen};
use super::{Entry, Kind, Position};
use crate::error::Result;

/// How much is kept, in bytes: more than goes into the log at once, so that whatever
/// isn't kept is there. It is mostly what the tail keeps too.
const KEPT: usize = 16 << 20;

/// How many changes are kept at most.
const KEPT_ENTRIES: usize = 20_000;

/// The newest changes.
#[derive(Debug)]
pub struct Recent {
    kept: VecDeque<(u64, Arc<Entry>)>,
    bytes: usize,
    /// The transactions of all changes that aren't kept have smaller numbers.
    before: u64,
    newest: u64,
    /// Relations and transactions of which nothing is in the log, but what is kept.
    absent: HashSet<(u32, u64)>,
}

impl Recent {
    /// Begins with nothing.
    pub async fn begin(client: &Client) -> Result<Self> {
        // Greater than that of any transaction that could have been committed by now; the
        // snapshot's end is not, if one was committed that isn't seen yet.
        let sql = "select pg_catalog.pg_current_xact_id()::text::bigint";
        let now: i64 = client.query_one(sql, &[]).await?.get(0);
        let now = u64::try_from(now).unwrap_or_default();
        let (kept, absent) = (VecDeque::new(), HashSet::new());
        Ok(Self { kept, bytes: 0, before: now, newest: now, absent })
    }

    /// Takes note of what goes into the log.
    pub fn note(&mut self, entry: &Arc<Entry>) {
        if !matches!(entry.kind, Kind::Insert | Kind::Update | Kind::Delete) {
            return;
        }
        let xid = widen(entry.xid, self.newest);
        self.newest = self.newest.max(xid);
        self.bytes += entry.size();
        self.kept.push_back((xid, Arc::clone(entry)));
        while self.bytes > KEPT || self.kept.len() > KEPT_ENTRIES {
            let Some((xid, oldest)) = self.kept.pop_front() else { break };
            self.bytes -= oldest.size();
            self.before = self.before.max(xid + 1);
            if !self.absent.is_empty() {
                self.absent.retain(|(_, absent)| *absent != xid);
            }
        }
    }

    /// The messages of the changes of a table, in their order, that a snapshot has not
    /// seen and that were committed before this.
    pub async fn unseen(
        &mut self,
        client: &Client,
        relation: u32,
        snapshot: &Snapshot,
        upto: Position,
    ) -> Result<Vec<Bytes>> {
        let from = self.kept.front().map_or(upto, |(_, oldest)| oldest.position.min(upto));
        let mut messages = self.in_log(client, relation, snapshot, from).await?;
        let kept = self.kept.iter().filter(|(xid, entry)| {
            entry.position < upto
                && !snapshot.sees(*xid)
                && entry.shape.as_ref().is_some_and(|shape| shape.relation.id == relation)
        });
        messages.extend(kept.map(|(_, entry)| entry.message.clone()));
        Ok(messages)
    }

    /// Those that aren't kept. There are none if the snapshot is young, but for
    /// transactions that had been running for long; that nothing is there of one of
    /// these is asked once.
    async fn in_log(
        &mut self,
        client: &Client,
        relation: u32,
        snapshot: &Snapshot,
        upto: Position,
    ) -> Result<Vec<Bytes>> {
        let old = snapshot.running.iter().copied().filter(|xid| *xid < self.before);
        let old: Vec<u64> = old.filter(|xid| !self.absent.contains(&(relation, *xid))).collect();
        if old.is_empty() && snapshot.xmax >= self.before {
            return Ok(Vec::new());
        }
        let last_32_bits = |xid: u64| i64::try_from(xid & u64::from(u32::MAX)).unwrap_or_default();
        let from = last_32_bits(snapshot.xmax);
        let count = self.before.saturating_sub(snapshot.xmax);
        let end = from.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
        let rows = client
            .query(
                "select l.xid, l.message from integratedb.log l
                 where (l.xid = any ($1) or l.xid >= $2 and l.xid < $3 or l.xid < $3 - 4294967296)
                   and (l.lsn, l.index) < ($4, $5)
                   and l.kind in ('I', 'U', 'D')
                   and pg_catalog.substring(l.message, 2, 4) = $6
                 order by l.lsn, l.index",
                &[
                    /* running */
                    &old.iter().map(|xid| last_32_bits(*xid)).collect::<Vec<_>>(),
                    /* from */ &from,
                    /* end */ &end,
                    /* lsn */ &upto.lsn,
                    /* index */ &i64::from(upto.index),
                    /* relation */ &relation.to_be_bytes().as_slice(),
                ],
            )
            .await?;
        let found: HashSet<i64> = rows.iter().map(|row| row.get("xid")).collect();
        let absent = old.into_iter().filter(|xid| !found.contains(&last_32_bits(*xid)));
        self.absent.extend(absent.map(|xid| (relation, xid)));
        Ok(rows.iter().map(|row| Bytes::copy_from_slice(row.get("message"))).collect())
    }
}
