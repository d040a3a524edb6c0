//! Telling channels again: from where, and that it only ever goes back.

use deadpool_postgres::GenericClient;
use serde_json::json;

use super::operate::{Step, change};
use super::store::{self, Stored};
use crate::App;
use crate::changes::{Lsn, Position, log};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// From where a channel is to be told again.
#[derive(Debug)]
pub enum From {
    /// From this event on.
    Event(Position),
    /// Everything that was committed after this.
    Lsn(Lsn),
    /// From what was committed at this time or later, as Postgres reads it.
    Time(String),
}

impl From {
    /// Reads what somebody said; what is nothing else may be a time.
    pub fn read(text: String) -> Self {
        match (text.parse(), text.parse()) {
            (Ok(event), _) => Self::Event(event),
            (_, Ok(lsn)) => Self::Lsn(lsn),
            _ => Self::Time(text),
        }
    }
}

/// Tells a channel everything again from somewhere on; all of them for none. What is
/// no longer in the log it is told to be missing. A channel that hasn't come so far is told
/// of it anyway: it stays where it is, since to go on from there would lose what is between.
pub async fn replay(app: &App, stakeholder: i64, channel: Option<&str>, from: &From) -> Result<()> {
    let client = app.pool.get().await?;
    let before = match from {
        From::Event(event) => Some(before_event(&client, *event).await?),
        From::Lsn(lsn) => Some(Position::before(*lsn)),
        From::Time(time) => before_time(&client, time).await?,
    };
    drop(client);
    change(app, stakeholder, (channel, "notifications.replay"), async |client, channel| {
        let Some(before) = before.filter(|before| *before < channel.position) else {
            return Ok(Step::Stays("from", goes_back_only(channel)));
        };
        set_back(client, channel.id, before).await?;
        let said = |turn: i64, position: Position| {
            json!({ "turn": turn, "told_up_to": position.to_string() })
        };
        let was = said(channel.turn, channel.position);
        Ok(Step::Changed(was, said(channel.turn + 1, before)))
    })
    .await
}

fn goes_back_only(channel: &Stored) -> String {
    let (name, position) = (&channel.channel.name, channel.position);
    format!(
        "is not before where {name} is ({position}): a replay only goes back, and what comes \
         after that is told without it"
    )
}

async fn set_back(client: &impl GenericClient, channel: i64, before: Position) -> Result<()> {
    client
        .execute(
            "update integratedb.channels
             set position_lsn = $2, position_index = $3, turn = turn + 1, updated_at = now()
             where id = $1",
            &[
                /* id */ &channel,
                /* position_lsn */ &before.lsn,
                /* position_index */ &i64::from(before.index),
            ],
        )
        .await?;
    Ok(())
}

async fn before_event(client: &impl GenericClient, event: Position) -> Result<Position> {
    if event.lsn >= store::written(client).await? {
        return Err(Error::invalid("from", "is after everything that has happened"));
    }
    Ok(predecessor(event))
}

fn predecessor(position: Position) -> Position {
    match position.index {
        0 => Position::before(position.lsn),
        index => Position { index: index - 1, ..position },
    }
}

/// What comes before the first change of that time or later; none: there is no such change.
async fn before_time(client: &impl GenericClient, time: &str) -> Result<Option<Position>> {
    let time: Moment = time.parse().map_err(|_| {
        let message = "must be the id of an event like 16/B374D848:3, an LSN like 16/B374D848, or \
                       a time like 2026-11-24T15:00:00Z";
        Error::invalid("from", message)
    })?;
    let stream = client
        .query_one(
            "select s.floor_lsn, s.floor_index, $1 > clock_timestamp() as is_to_come,
                    coalesce((
                      select l.committed_at < $1 from integratedb.log l order by l.lsn, l.index limit 1
                    ), false) as reaches_back
             from integratedb.stream s",
            &[/* time */ &time],
        )
        .await?;
    if stream.get("is_to_come") {
        return Ok(None);
    }
    let floor = log::position(&stream, "floor_lsn", "floor_index");
    if floor > Position::default() && !stream.get::<_, bool>("reaches_back") {
        return Ok(Some(predecessor(floor)));
    }
    let row = client
        .query_opt(
            "select lsn, index from integratedb.log
             where committed_at >= $1 order by lsn, index limit 1",
            &[/* time */ &time],
        )
        .await?;
    Ok(row.map(|row| predecessor(log::position(&row, "lsn", "index"))))
}
