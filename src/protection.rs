//! Whether migrations are held up for the claims' sake, for those who watch over it: the log
//! says when the gate is in force no longer, and when claims became unmet, once each.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::Client;

use crate::App;
use crate::error::Result;
use crate::gate::{self, Status};

/// What this instance saw at its last look.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Sight>);

#[derive(Debug, Clone, Default)]
struct Sight {
    /// None before the first look.
    gate: Option<Status>,
    /// By the numbers of their claims.
    unmet: BTreeSet<i64>,
}

/// How many claims the log names.
const NAMED: usize = 5;

/// Looks, and says in the log what has changed since this instance looked last. Answers 0:
/// it removes nothing.
pub async fn notice(app: &App) -> Result<u64> {
    let client = app.pool.get().await?;
    let gate = gate::status(&client).await?;
    let unmet = known_unmet(&client).await?;
    let now = Sight { gate: Some(gate), unmet: unmet.iter().map(|(id, _)| *id).collect() };
    let mut seen = app.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    let before = std::mem::replace(&mut *seen, now);
    drop(seen);

    if was_lost(before.gate, gate) {
        tracing::warn!(
            ?gate,
            "the gate is not in force: migrations that call nothing are not validated. \
             `integratedb doctor` says what it lacks"
        );
    } else if before.gate.is_some_and(|before| before != gate) && gate == Status::Enabled {
        tracing::info!("the gate is in force");
    }
    let fresh: Vec<&str> = unmet
        .iter()
        .filter(|(id, _)| !before.unmet.contains(id))
        .map(|(_, claim)| &**claim)
        .collect();
    if !fresh.is_empty() {
        let named = fresh.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        tracing::warn!(
            claims = fresh.len(),
            first = named,
            "claims have become unmet: `integratedb unmet` says what is missing"
        );
    }
    Ok(0)
}

/// Whether it was in force, or is there and was not made to be: one that nobody ever
/// enabled is no news.
fn was_lost(before: Option<Status>, now: Status) -> bool {
    match now {
        Status::Enabled => false,
        Status::Incomplete => before != Some(Status::Incomplete),
        Status::Disabled => before.is_some_and(|before| before != Status::Disabled),
    }
}

/// The claims that are known to be unmet (`sql/note_faults.sql`): their numbers, whose they
/// are and of which table.
async fn known_unmet(client: &Client) -> Result<Vec<(i64, String)>> {
    let sql = "select distinct on (k.claim_id)
                 k.claim_id, format('%s: %I.%I', s.name, w.schema_name, w.table_name)
               from integratedb.known_faults k
               join integratedb.claims c on c.id = k.claim_id
               join integratedb.stakeholders s on s.id = c.stakeholder_id
               join integratedb.claimed_tables ct on ct.id = k.claimed_table_id
               join integratedb.watched_tables w on w.id = ct.watched_id
               order by k.claim_id, k.claimed_table_id";
    let rows = client.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_is_lost_is_told_once_and_one_that_nobody_enabled_never() {
        use Status::{Disabled, Enabled, Incomplete};
        for (before, now) in [
            (None, Incomplete),
            (Some(Enabled), Incomplete),
            (Some(Enabled), Disabled),
            (Some(Incomplete), Disabled),
        ] {
            assert!(was_lost(before, now), "{before:?} {now:?}");
        }
        for (before, now) in [
            (None, Disabled),
            (None, Enabled),
            (Some(Disabled), Disabled),
            (Some(Incomplete), Incomplete),
            (Some(Incomplete), Enabled),
        ] {
            assert!(!was_lost(before, now), "{before:?} {now:?}");
        }
    }
}
