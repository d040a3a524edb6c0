//! What a channel leaves in Postgres: how far it is, and what it gave up.

use std::collections::VecDeque;
use std::sync::Arc;

use deadpool_postgres::GenericClient;

use crate::changes::{Entry, Position, log};
use crate::error::Result;

/// How far a channel is.
#[derive(Debug)]
pub struct Report<'a> {
    pub position: Position,
    /// How many events arrived since the last report.
    pub count: u64,
    /// How often something went wrong since.
    pub failures: u32,
    pub error: Option<&'a str>,
}

/// How far a channel was; none if it is gone.
pub async fn position(client: &impl GenericClient, channel: i64) -> Result<Option<Position>> {
    let sql = "select position_lsn, position_index from integratedb.channels where id = $1";
    let row = client.query_opt(sql, &[/* id */ &channel]).await?;
    Ok(row.map(|row| log::position(&row, "position_lsn", "position_index")))
}

/// Keeps how far a channel is, unless it was set elsewhere by hand or another
/// instance tells it by now. Answers whether it was kept.
pub async fn keep(
    client: &impl GenericClient,
    (channel, turn, epoch): (i64, i64, i64),
    report: &Report<'_>,
) -> Result<bool> {
    let statement = client
        .prepare_cached(
            "update integratedb.channels c
             set position_lsn = $4, position_index = $5,
                 delivered = c.delivered + $6,
                 delivered_at = case when $6 > 0 then now() else c.delivered_at end,
                 failures = c.failures + $7,
                 error = $8,
                 error_at = case when $7 > 0 then now() else c.error_at end
             from integratedb.stream s
             where c.id = $1 and c.turn = $2 and s.epoch = $3",
        )
        .await?;
    let kept = client
        .execute(
            &statement,
            &[
                /* id */ &channel,
                /* turn */ &turn,
                /* epoch */ &epoch,
                /* position_lsn */ &report.position.lsn,
                /* position_index */ &i64::from(report.position.index),
                /* count */ &i64::try_from(report.count).unwrap_or(i64::MAX),
                /* failures */ &i64::from(report.failures),
                /* error */ &report.error,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// Keeps the changes whose events a channel gave up.
pub async fn bury(
    client: &impl GenericClient,
    channel: i64,
    dead: &[(Position, u32, String)],
    outstanding: &VecDeque<Arc<Entry>>,
) -> Result<()> {
    for (position, attempts, error) in dead {
        let Some(entry) = outstanding.iter().find(|entry| entry.position == *position) else {
            continue;
        };
        client
            .execute(
                "insert into integratedb.dead_letters
                   (channel_id, lsn, index, xid, committed_at, shape_id, kind, backfill_id, message,
                    attempts, error)
                 values ($1, $2, $3, $4,
                         '2000-01-01 00:00:00+00'::timestamptz + $5::bigint * interval '1 microsecond',
                         $6, $7, $8, $9, $10, $11)
                 on conflict on constraint dead_letters_channel_id_position_key do update
                 set attempts = excluded.attempts, error = excluded.error, inserted_at = now()",
                &[
                    /* channel */ &channel,
                    /* lsn */ &position.lsn,
                    /* index */ &i64::from(position.index),
                    /* xid */ &i64::from(entry.xid),
                    /* committed_at */ &entry.committed_at.0,
                    /* shape */ &entry.shape.as_ref().map(|shape| shape.id),
                    /* kind */ &entry.kind.letter(),
                    /* backfill */ &entry.backfill,
                    /* message */ &entry.message.as_ref(),
                    /* attempts */ &i32::try_from(*attempts).unwrap_or(i32::MAX),
                    /* error */ error,
                ],
            )
            .await?;
    }
    Ok(())
}
