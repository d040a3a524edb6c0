//! What an operator does with channels: pause, replay, test, and rotate secrets.

use deadpool_postgres::GenericClient;
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::channels;
use super::event;
use super::store::{self, Stored};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::changes::{Position, log};
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::stakeholders::{self, Stakeholder};

/// From where a channel is to be told again.
#[derive(Debug)]
pub enum From {
    /// From this event on.
    Event(Position),
    /// From what was committed at this time or later, as Postgres reads it.
    Time(String),
}

/// What became of an event that was sent at once.
#[derive(Debug, Serialize)]
pub struct Sent {
    pub channel: String,
    pub id: String,
    pub delivered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Lets a channel wait, or go on where it was; all of them for none.
pub async fn pause(
    app: &App,
    stakeholder: i64,
    channel: Option<&str>,
    is_paused: bool,
) -> Result<()> {
    let action = if is_paused { "notifications.pause" } else { "notifications.resume" };
    change(app, stakeholder, (channel, action), async |client, channel| {
        client
            .execute(
                "update integratedb.channels set paused = $2, updated_at = now() where id = $1",
                &[/* id */ &channel.id, /* paused */ &is_paused],
            )
            .await?;
        let said = |is_paused: bool| json!({ "paused": is_paused });
        Ok((said(channel.is_paused), said(is_paused)))
    })
    .await
}

/// Tells a channel everything again from somewhere on; all of them for none. What is
/// no longer in the log it is told to be missing.
pub async fn replay(app: &App, stakeholder: i64, channel: Option<&str>, from: &From) -> Result<()> {
    let client = app.pool.get().await?;
    let before = match from {
        From::Event(position) => before_event(&client, *position).await?,
        From::Time(time) => before_time(&client, time).await?,
    };
    drop(client);
    change(app, stakeholder, (channel, "notifications.replay"), async |client, channel| {
        client
            .execute(
                "update integratedb.channels
                 set position_lsn = $2, position_index = $3, turn = turn + 1, updated_at = now()
                 where id = $1",
                &[
                    /* id */ &channel.id,
                    /* position_lsn */ &before.lsn,
                    /* position_index */ &i64::from(before.index),
                ],
            )
            .await?;
        let said = |turn: i64, position: Position| {
            json!({ "turn": turn, "told_up_to": position.to_string() })
        };
        Ok((said(channel.turn, channel.position), said(channel.turn + 1, before)))
    })
    .await
}

/// Signs with another secret from now on; answers it.
pub async fn rotate(app: &App, stakeholder: i64, channel: &str) -> Result<String> {
    let mut made = None;
    change(app, stakeholder, (Some(channel), "notifications.rotate"), async |client, channel| {
        let Some(mut secrets) = channel.secrets.clone().filter(|held| !held.signing.is_empty())
        else {
            return Err(Error::invalid("channel", "has no secret that could be rotated"));
        };
        made = Some(secrets.rotate());
        store::put(client, &app.seal, stakeholder, &channel.channel, &secrets).await?;
        Ok((json!({}), json!({ "secret": "changed" })))
    })
    .await?;
    made.ok_or(Error::NotFound)
}

/// Sends an event that is none, to see whether the channels work; answers what became
/// of it.
pub async fn test(app: &App, stakeholder: i64, channel: Option<&str>) -> Result<Vec<Sent>> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    let (stakeholder, channels) = chosen(&transaction, app, stakeholder, channel).await?;
    let names: Vec<&str> = channels.iter().map(|channel| channel.channel.name.as_str()).collect();
    let event = Event {
        action: "notifications.test",
        subject: Subject::from(&stakeholder),
        before: None,
        after: Some(json!({ "channels": names })),
    };
    audit::record(&transaction, event).await?;
    transaction.commit().await?;
    drop(client);
    // At once, so that none has to wait for another that is dead.
    let sent = channels.into_iter().map(async |channel| {
        let id = format!("test:{}", Uuid::now_v7());
        let outgoing = event::test(&app.source, &id);
        let outcome = channels::send_now(app, &channel, outgoing).await;
        let (delivered, error) = (outcome.is_ok(), outcome.err());
        Sent { channel: channel.channel.name, id, delivered, error }
    });
    Ok(join_all(sent).await)
}

/// Changes channels in one transaction, and lets the one who tells know. Each says how it
/// was and is, for the audit.
async fn change(
    app: &App,
    stakeholder: i64,
    (channel, action): (Option<&str>, &'static str),
    mut each: impl AsyncFnMut(&deadpool_postgres::Transaction<'_>, &Stored) -> Result<(Value, Value)>,
) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    // Before they are read: what is written is all of a channel's secrets.
    store::lock(&transaction, stakeholder).await?;
    let (stakeholder, channels) = chosen(&transaction, app, stakeholder, channel).await?;
    let (mut before, mut after) = (json!({}), json!({}));
    for stored in channels {
        let name = stored.channel.name.as_str();
        (before[name], after[name]) = each(&transaction, &stored).await?;
    }
    let event = Event {
        action,
        subject: Subject::from(&stakeholder),
        before: Some(before),
        after: Some(after),
    };
    audit::record(&transaction, event).await?;
    store::announce(&transaction).await?;
    transaction.commit().await?;
    // The one who tells needs connections too.
    drop(client);
    app.changes.until_heeded().await;
    Ok(())
}

/// The channel of this name, or all of them for none. Where there is none, nothing would be
/// done, and that is no success.
async fn chosen(
    client: &impl GenericClient,
    app: &App,
    stakeholder: i64,
    channel: Option<&str>,
) -> Result<(Stakeholder, Vec<Stored>)> {
    let stakeholder = stakeholders::store::by_id(client, stakeholder).await?;
    let mut channels = store::channels(client, &app.seal, Some(stakeholder.id)).await?;
    channels.retain(|stored| channel.is_none_or(|name| stored.channel.name == name));
    match channel {
        _ if !channels.is_empty() => Ok((stakeholder, channels)),
        Some(_) => Err(Error::invalid("channel", "is the name of no channel")),
        None => Err(Error::invalid(
            "channel",
            "can't be chosen: the stakeholder has none. Name some in its notifications first",
        )),
    }
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

async fn before_time(client: &impl GenericClient, time: &str) -> Result<Position> {
    let time: Moment = time.parse().map_err(|_| {
        let message =
            "must be the id of an event like 16/B374D848:3, or a time like 2026-11-24T15:00:00Z";
        Error::invalid("from", message)
    })?;
    // First how far the log is: what is committed by now may still be on its way into it.
    let stream = client
        .query_one(
            "select s.floor_lsn, s.floor_index,
                    coalesce(s.read_lsn, pg_current_wal_insert_lsn()) as read_lsn,
                    coalesce((
                      select l.committed_at < $1 from integratedb.log l order by l.lsn, l.index limit 1
                    ), false) as reaches_back
             from integratedb.stream s",
            &[/* time */ &time],
        )
        .await?;
    let floor = log::position(&stream, "floor_lsn", "floor_index");
    if floor > Position::default() && !stream.get::<_, bool>("reaches_back") {
        return Ok(predecessor(floor));
    }
    let row = client
        .query_opt(
            "select lsn, index from integratedb.log
             where committed_at >= $1 order by lsn, index limit 1",
            &[/* time */ &time],
        )
        .await?;
    Ok(match row {
        Some(row) => predecessor(log::position(&row, "lsn", "index")),
        None => Position::before(stream.get("read_lsn")),
    })
}
