//! Channels in the registry.

use deadpool_postgres::GenericClient;
use serde_json::Value;
use tokio_postgres::Row;

use super::{Secrets, alerts};
use crate::App;
use crate::auth::Seal;
use crate::changes::{Lsn, Position, log};
use crate::claims::{self, store::Kind};
use crate::error::{Error, Result};
use crate::spec::{Address, Channel, Notifications};
use crate::version::Version;

/// A channel as the registry has it.
#[derive(Debug, Clone)]
pub struct Stored {
    pub id: i64,
    pub stakeholder: i64,
    /// The name of the stakeholder.
    pub owner: String,
    /// What the document says of it, with passwords where they could be unsealed.
    pub channel: Channel,
    /// None, if they were sealed with another `SECRET_KEY_BASE`.
    pub secrets: Option<Secrets>,
    pub position: Position,
    /// Counts up when the position is set by hand.
    pub turn: i64,
    pub is_paused: bool,
    /// What tells whether it is the same as before: everything but its position.
    pub fingerprint: Vec<u8>,
}

/// The channels of a stakeholder, or all of them, by id.
pub async fn channels(
    client: &impl GenericClient,
    seal: &Seal,
    stakeholder: Option<i64>,
) -> Result<Vec<Stored>> {
    let rows = client
        .query(
            "select c.*, s.name::text as owner,
                    sha256(convert_to(c.settings::text || c.paused || c.turn, 'UTF8') || c.sealed) as fingerprint
             from integratedb.channels c
             join integratedb.stakeholders s on s.id = c.stakeholder_id
             where $1::bigint is null or c.stakeholder_id = $1
             order by c.id",
            &[/* stakeholder */ &stakeholder],
        )
        .await?;
    rows.iter().map(|row| stored(row, seal)).collect()
}

/// The names of a stakeholder's channels, in the order of [`channels`].
pub async fn names(client: &impl GenericClient, stakeholder: i64) -> Result<Vec<String>> {
    let sql = "select name from integratedb.channels where stakeholder_id = $1 order by id";
    let rows = client.query(sql, &[/* stakeholder */ &stakeholder]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// That none of a stakeholder's channels, which have these names, has the one that was given.
pub fn no_channel(given: &str, names: &[String]) -> Error {
    let there_are = match names {
        [] => "the stakeholder has none".to_owned(),
        names => format!("there is {}", names.join(", ")),
    };
    Error::invalid("channel", format!("{given:?} is the name of no channel: {there_are}"))
}

/// Keeps others from changing the channels of a stakeholder until the commit.
pub async fn lock(client: &impl GenericClient, stakeholder: i64) -> Result<()> {
    let sql = "select from integratedb.channels where stakeholder_id = $1 order by id for update";
    client.execute(sql, &[/* stakeholder */ &stakeholder]).await?;
    Ok(())
}

fn stored(row: &Row, seal: &Seal) -> Result<Stored> {
    let mut channel: Channel =
        serde_json::from_value(row.get("settings")).map_err(Error::internal)?;
    let stakeholder: i64 = row.get("stakeholder_id");
    let secrets = Secrets::open(seal, stakeholder, &channel.name, row.get("sealed"));
    if let Some(url) = secrets.as_ref().and_then(|secrets| secrets.url.as_deref()) {
        channel.set_address(Address::new(url));
    }
    Ok(Stored {
        id: row.get("id"),
        stakeholder,
        owner: row.get("owner"),
        channel,
        secrets,
        position: log::position(row, "position_lsn", "position_index"),
        turn: row.get("turn"),
        is_paused: row.get("paused"),
        fingerprint: row.get("fingerprint"),
    })
}

/// Adds a channel that begins here, or gives the one of its name other settings.
pub async fn put(
    client: &impl GenericClient,
    seal: &Seal,
    stakeholder: i64,
    channel: &Channel,
    secrets: &Secrets,
) -> Result<()> {
    let settings = serde_json::to_value(channel.masked()).map_err(Error::internal)?;
    let sealed = secrets.seal(seal, stakeholder, &channel.name)?;
    client
        .execute(
            "insert into integratedb.channels as c
               (stakeholder_id, name, settings, sealed, position_lsn, position_index)
             values ($1, $2, $3, $4, pg_current_wal_insert_lsn() - 1, 0)
             on conflict on constraint channels_stakeholder_id_name_key do update
             set settings = excluded.settings, sealed = excluded.sealed, updated_at = now()
             where (c.settings, c.sealed) is distinct from (excluded.settings, excluded.sealed)",
            &[
                /* stakeholder */ &stakeholder,
                /* name */ &channel.name,
                /* settings */ &settings,
                /* sealed */ &sealed,
            ],
        )
        .await?;
    Ok(())
}

/// Removes the channels that aren't among these.
pub async fn keep_only(
    client: &impl GenericClient,
    stakeholder: i64,
    names: &[&str],
) -> Result<()> {
    client
        .execute(
            "delete from integratedb.channels where stakeholder_id = $1 and name <> all ($2::text[])",
            &[/* stakeholder */ &stakeholder, /* names */ &names],
        )
        .await?;
    Ok(())
}

/// Keeps what the clients of a SOCKET were told and what they have processed, if they said
/// so; answers whether the channel is still there and goes on.
pub async fn acknowledge(
    app: &App,
    channel: i64,
    told: u64,
    processed: Option<Position>,
) -> Result<bool> {
    let client = app.pool.get().await?;
    if told > 0 {
        let sql = "update integratedb.channels
                   set delivered = delivered + $2, delivered_at = now() where id = $1";
        let told = i64::try_from(told).unwrap_or(i64::MAX);
        client.execute(sql, &[/* id */ &channel, /* told */ &told]).await?;
    }
    if let Some(position) = processed {
        client
            .execute(
                "update integratedb.channels
                 set position_lsn = $2, position_index = $3, acknowledged_at = now()
                 where id = $1 and (position_lsn, position_index) < ($2, $3)",
                &[
                    /* id */ &channel,
                    /* position_lsn */ &position.lsn,
                    /* position_index */ &i64::from(position.index),
                ],
            )
            .await?;
    }
    let sql = "select paused from integratedb.channels where id = $1";
    let row = client.query_opt(sql, &[/* id */ &channel]).await?;
    Ok(row.is_some_and(|row| !row.get::<_, bool>("paused")))
}

/// Says that channels have changed, to the one who tells.
pub async fn announce(client: &impl GenericClient) -> Result<()> {
    client.execute("update integratedb.stream set revision = revision + 1", &[]).await?;
    Ok(())
}

/// The document of a stakeholder; an empty one if it never had any.
pub async fn document(
    client: &impl GenericClient,
    seal: &Seal,
    stakeholder: i64,
) -> Result<Notifications> {
    let spec = claims::store::spec(client, stakeholder, Kind::Notifications).await?;
    let stored = channels(client, seal, Some(stakeholder)).await?;
    let channels = stored.into_iter().map(|stored| stored.channel).collect();
    Ok(Notifications { spec, channels, alerts: alerts::wanted(client, stakeholder).await? })
}

/// The version of a stakeholder's document: also of what isn't shown of its channels.
pub async fn version(
    client: &impl GenericClient,
    stakeholder: i64,
    document: &Notifications,
) -> Result<Version> {
    let row = client
        .query_one(
            "select coalesce(string_agg(sealed, '' order by id), '')
             from integratedb.channels where stakeholder_id = $1",
            &[/* stakeholder */ &stakeholder],
        )
        .await?;
    Version::beside(&document.masked().terse(), row.get(0))
}

/// From where on nothing is missed that is committed from now on; none while there is
/// no replication slot.
pub async fn from_now_on(client: &impl GenericClient) -> Result<Option<Lsn>> {
    let row = client
        .query_one(
            "select case when slot_lsn is not null
               then greatest(slot_lsn, pg_current_wal_insert_lsn()) end
             from integratedb.stream",
            &[],
        )
        .await?;
    Ok(row.get(0))
}

/// The number of the transaction.
pub async fn transaction_id(client: &impl GenericClient) -> Result<String> {
    let sql = "select pg_current_xact_id()::xid::text";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Whether a transaction that is older than this one has written into a table that is
/// published.
pub async fn writes_since_before(client: &impl GenericClient, transaction: &str) -> Result<bool> {
    let row = client
        .query_one(
            "select exists (
               select
               from pg_catalog.pg_publication p
               join pg_catalog.pg_publication_rel r on r.prpubid = p.oid
               cross join lateral (
                 select r.prrelid as relation
                 union
                 select part.relid from pg_catalog.pg_partition_tree(r.prrelid) part
               ) t
               join pg_catalog.pg_locks written
                 on written.relation = t.relation and written.mode = 'RowExclusiveLock'
               join pg_catalog.pg_database d
                 on d.oid = written.database and d.datname = current_database()
               join pg_catalog.pg_locks running
                 on running.virtualtransaction = written.virtualtransaction
                 and running.locktype = 'transactionid' and running.mode = 'ExclusiveLock'
               where p.pubname in ('integratedb', 'integratedb_inserts')
                 and age(running.transactionid) > age($1::text::xid)
             )",
            &[/* transaction */ &transaction],
        )
        .await?;
    Ok(row.get(0))
}

/// Up to where Postgres has written its log.
pub async fn written(client: &impl GenericClient) -> Result<Lsn> {
    Ok(client.query_one("select pg_current_wal_insert_lsn()", &[]).await?.get(0))
}

/// Up to where the stream is read; none while there is no replication slot.
pub async fn read_up_to(client: &impl GenericClient) -> Result<Option<Lsn>> {
    let sql = "select case when from_lsn is not null then read_lsn end
               from integratedb.stream_standing";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// What the documents name and nobody is told: of which match, table and column, and
/// why.
pub async fn untold(client: &impl GenericClient, stakeholder: i64) -> Result<Vec<Value>> {
    let row = client
        .query_one(
            "select coalesce(jsonb_agg(to_jsonb(u) order by u.match, u.path, u.column), '[]')
             from integratedb.untold($1) u",
            &[/* stakeholder */ &stakeholder],
        )
        .await?;
    match row.get(0) {
        Value::Array(untold) => Ok(untold),
        _ => Err(Error::internal("what isn't told is no array")),
    }
}
