//! Dead letters: changes whose events a channel gave up. What they say is made anew
//! whenever somebody asks, by what the stakeholder may read then.

use deadpool_postgres::GenericClient;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::event::Projector;
use super::operate::Sent;
use super::store::{self, Stored};
use super::{Hearings, Outgoing, channels};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::changes::log;
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::stakeholders;

/// A dead letter.
#[derive(Debug, Serialize)]
pub struct Letter {
    pub id: i64,
    pub channel: String,
    /// The id of its event.
    pub event_id: String,
    pub attempts: i32,
    pub error: String,
    /// When it was given up.
    pub died_at: Moment,
    /// What it says now; none if the stakeholder no longer hears of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<RawValue>>,
}

/// The dead letters of a stakeholder, or of one of its channels, the newest first.
pub async fn list(
    app: &App,
    stakeholder: i64,
    channel: Option<&str>,
    (before, limit): (Option<i64>, i64),
) -> Result<Vec<Letter>> {
    let client = app.pool.get().await?;
    stakeholders::store::by_id(&client, stakeholder).await?;
    if let Some(name) = channel {
        let names = store::names(&client, stakeholder).await?;
        if !names.iter().any(|one| one == name) {
            return Err(store::no_channel(name, &names));
        }
    }
    let sql = format!(
        "{SELECT} and ($2::bigint is null or l.id < $2) and ($4::text is null or c.name = $4)
         order by l.id desc limit $3"
    );
    let rows = client
        .query(
            &sql,
            &[
                /* stakeholder */ &stakeholder,
                /* before */ &before,
                /* limit */ &limit,
                /* channel */ &channel,
            ],
        )
        .await?;
    Ok(rows.iter().map(letter).collect())
}

/// One dead letter, with its event.
pub async fn show(app: &App, stakeholder: i64, id: i64) -> Result<Letter> {
    let (mut letter, _, outgoing) = find(app, stakeholder, id).await?;
    letter.event = match outgoing {
        Some(outgoing) => {
            Some(RawValue::from_string(outgoing.body.to_string()).map_err(Error::internal)?)
        }
        None => None,
    };
    Ok(letter)
}

/// Sends a dead letter again, at once; it is one no longer if that succeeds.
pub async fn replay(app: &App, stakeholder: i64, id: i64) -> Result<Sent> {
    let (letter, channel, outgoing) = find(app, stakeholder, id).await?;
    let outgoing = outgoing.ok_or_else(|| {
        Error::Conflict(
            "The stakeholder no longer hears of this, or may no longer read it: it can only be \
             skipped."
                .to_owned(),
        )
    })?;
    let outcome = channels::send_now(app, &channel, outgoing).await;
    let delivered = outcome.is_ok();
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    if delivered {
        remove(&transaction, stakeholder, id).await?;
    }
    let after = json!({ "delivered": delivered });
    let entry = entry("dead_letter.replay", &letter, Some(after));
    audit::record(&transaction, entry).await?;
    transaction.commit().await?;
    drop(client);
    Ok(Sent { channel: letter.channel, id: letter.event_id, delivered, error: outcome.err() })
}

/// Forgets a dead letter.
pub async fn skip(app: &App, stakeholder: i64, id: i64) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    let row = row(&transaction, stakeholder, id).await?;
    remove(&transaction, stakeholder, id).await?;
    audit::record(&transaction, entry("dead_letter.skip", &letter(&row), None)).await?;
    Ok(transaction.commit().await?)
}

/// Removes a dead letter that must be there.
async fn remove(client: &impl GenericClient, stakeholder: i64, id: i64) -> Result<()> {
    let removed = client
        .execute(
            "delete from integratedb.dead_letters l
             using integratedb.channels c
             where c.id = l.channel_id and c.stakeholder_id = $1 and l.id = $2",
            &[/* stakeholder */ &stakeholder, /* id */ &id],
        )
        .await?;
    if removed == 0 { Err(missing(id)) } else { Ok(()) }
}

/// What is stored of a dead letter.
async fn row(client: &impl GenericClient, stakeholder: i64, id: i64) -> Result<Row> {
    stakeholders::store::by_id(client, stakeholder).await?;
    let sql = format!("{SELECT} and l.id = $2");
    let row = client.query_opt(&sql, &[/* stakeholder */ &stakeholder, /* id */ &id]).await?;
    row.ok_or_else(|| missing(id))
}

fn missing(id: i64) -> Error {
    Error::Missing(format!(
        "The stakeholder has no dead letter {id}. It may have been sent again or skipped, or have \
         gone with its channel."
    ))
}

/// What the audit says of a dead letter: not what is in it.
fn entry(action: &'static str, letter: &Letter, after: Option<Value>) -> Event {
    Event {
        action,
        subject: Subject::new("dead_letter", letter.id, &letter.event_id),
        before: Some(json!({
            "channel": letter.channel, "attempts": letter.attempts, "died_at": letter.died_at,
        })),
        after,
    }
}

const SELECT: &str = "select l.*, c.name,
       (extract(epoch from l.committed_at - '2000-01-01 00:00:00+00'::timestamptz) * 1000000)::bigint as moment
     from integratedb.dead_letters l
     join integratedb.channels c on c.id = l.channel_id
     where c.stakeholder_id = $1";

fn letter(row: &Row) -> Letter {
    Letter {
        id: row.get("id"),
        channel: row.get("name"),
        event_id: log::position(row, "lsn", "index").to_string(),
        attempts: row.get("attempts"),
        error: row.get("error"),
        died_at: row.get("inserted_at"),
        event: None,
    }
}

async fn find(app: &App, stakeholder: i64, id: i64) -> Result<(Letter, Stored, Option<Outgoing>)> {
    let client = app.pool.get().await?;
    let row = row(&client, stakeholder, id).await?;
    let letter = letter(&row);
    let entry = log::entry(&client, &app.changes.shapes, &row).await?;
    let channels = store::channels(&client, &app.seal, Some(stakeholder)).await?;
    let channel = channels
        .into_iter()
        .find(|stored| stored.id == row.get::<_, i64>("channel_id"))
        .ok_or_else(|| missing(id))?;
    let ear = Hearings::now(&client).await?.of(stakeholder);
    drop(client); // what follows takes one of its own
    let mut projector = Projector::new(app.source.clone(), stakeholder, &letter.channel, ear);
    app.backfills.learn(&app.pool, entry.backfill.into_iter()).await?;
    let asked = entry.backfill.and_then(|id| app.backfills.of(stakeholder, id));
    let outgoing = projector.project(&entry, asked.as_deref())?;
    Ok((letter, channel, outgoing))
}
