//! Whether an application has been told of what was written.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::App;
use crate::changes::{Lsn, Position, log};
use crate::error::Result;

/// How often is looked while somebody waits.
const LOOK: Duration = Duration::from_millis(25);

/// What is known of an LSN.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// Whether everything that was committed before it is through, for each of the
    /// channels that were asked about.
    pub processed: bool,
    /// Up to where the stream is read.
    pub read: Option<String>,
    pub channels: Vec<OfChannel>,
}

/// The same of one channel.
#[derive(Debug, Serialize)]
pub struct OfChannel {
    pub name: String,
    pub processed: bool,
    pub position: String,
}

/// Looks whether the channels of a stakeholder have told everything that was
/// committed before an LSN; waits for it so long at most.
pub async fn of(
    app: &App,
    stakeholder: i64,
    channel: Option<&str>,
    lsn: Lsn,
    wait: Duration,
) -> Result<Standing> {
    let deadline = Instant::now() + wait;
    loop {
        let standing = look(app, stakeholder, channel, lsn).await?;
        if standing.processed || Instant::now() >= deadline {
            return Ok(standing);
        }
        tokio::time::sleep(LOOK.min(deadline.saturating_duration_since(Instant::now()))).await;
    }
}

async fn look(app: &App, stakeholder: i64, channel: Option<&str>, lsn: Lsn) -> Result<Standing> {
    let client = app.pool.get().await?;
    let read = super::store::read_up_to(&client).await?;
    // What Postgres can't even be asked about is no name either.
    let asked = channel.map(|name| name.replace('\0', "\u{fffd}"));
    let rows = client
        .query(
            "select c.name, c.position_lsn, c.position_index,
                    not exists (
                      select from integratedb.log l
                      where (l.lsn, l.index) > (c.position_lsn, c.position_index) and l.lsn < $3
                    ) as is_through
             from integratedb.channels c
             where c.stakeholder_id = $1 and ($2::text is null or c.name = $2)
             order by c.id",
            &[/* stakeholder */ &stakeholder, /* name */ &asked, /* lsn */ &lsn],
        )
        .await?;
    if let (true, Some(name)) = (rows.is_empty(), channel) {
        let names = super::store::names(&client, stakeholder).await?;
        return Err(super::store::no_channel(name, &names));
    }
    // The log was looked at after this was read, so it has all that came before.
    let is_read = read.is_some_and(|read| read >= lsn);
    let channels: Vec<OfChannel> = rows
        .iter()
        .map(|row| OfChannel {
            name: row.get("name"),
            processed: is_read && row.get::<_, bool>("is_through"),
            position: position(row).to_string(),
        })
        .collect();
    Ok(Standing {
        processed: !channels.is_empty() && channels.iter().all(|channel| channel.processed),
        read: read.map(|read| read.to_string()),
        channels,
    })
}

fn position(row: &tokio_postgres::Row) -> Position {
    log::position(row, "position_lsn", "position_index")
}
