//! Taking a snapshot: of one moment, and without a right on any table.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::{FORMAT, Object, Snapshot, Stakeholder, history, rank};
use crate::error::{Error, Result};
use crate::spec::{Notifications, Spec};

/// Takes a snapshot of the database. `further` names tables (`schema.table`) whose
/// rows it is to carry beside those of the migration tools it knows.
pub async fn capture(client: &mut Client, further: &[String]) -> Result<Snapshot> {
    let moment = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    let transaction = moment.read_only(true).start().await?;
    // Nobody else's functions and operators are found.
    transaction.simple_query("set local search_path = pg_catalog, pg_temp").await?;
    let snapshot = Snapshot {
        integratedb: FORMAT,
        postgres: major_version(&transaction).await?,
        objects: objects(&transaction).await?,
        left_out: left_out(&transaction).await?,
        history: history::capture(&transaction, further).await?,
        stakeholders: stakeholders(&transaction).await?,
    };
    transaction.commit().await?;
    Ok(snapshot)
}

async fn major_version(transaction: &Transaction<'_>) -> Result<i32> {
    let version = "select current_setting('server_version_num')::integer / 10000";
    Ok(transaction.query_one(version, &[]).await?.get(0))
}

async fn objects(transaction: &Transaction<'_>) -> Result<Vec<Object>> {
    let rows = transaction
        .query("select kind, name, sql from integratedb.snapshot_objects()", &[])
        .await
        .map_err(why)?;
    let mut objects: Vec<Object> = rows
        .iter()
        .map(|row| Object { kind: row.get("kind"), name: row.get("name"), sql: row.get("sql") })
        .collect();
    // Here and not in SQL, where the order of names is a matter of collations.
    objects.sort_by(|one, other| {
        (rank(&one.kind), &one.name, &one.sql).cmp(&(rank(&other.kind), &other.name, &other.sql))
    });
    Ok(objects)
}

/// Says what to do where the engine in the database is none or an older one.
fn why(error: tokio_postgres::Error) -> Error {
    let code = error.code();
    if code == Some(&SqlState::UNDEFINED_FUNCTION) || code == Some(&SqlState::INVALID_SCHEMA_NAME) {
        return Error::Conflict(
            "This database can't describe itself yet: run `integratedb migrate` on it first."
                .to_owned(),
        );
    }
    Error::from(error)
}

async fn left_out(transaction: &Transaction<'_>) -> Result<Vec<String>> {
    let rows = transaction.query("select what from integratedb.snapshot_left_out()", &[]).await?;
    let mut left_out: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    left_out.sort();
    Ok(left_out)
}

async fn stakeholders(transaction: &Transaction<'_>) -> Result<Vec<Stakeholder>> {
    let rows = transaction
        .query(
            "select s.name::text, coalesce(d.document, '{\"match\": []}') as document,
                    coalesce(n.document, '{\"match\": []}') as heard
             from integratedb.stakeholders s
             left join integratedb.specs d on d.stakeholder_id = s.id and d.kind = 'claims'
             left join integratedb.specs n on n.stakeholder_id = s.id and n.kind = 'notifications'
             where s.deletion is null",
            &[],
        )
        .await?;
    let mut stakeholders = rows
        .iter()
        .map(|row| {
            let spec: Spec = serde_json::from_value(row.get("document"))?;
            let heard: Spec = serde_json::from_value(row.get("heard"))?;
            let listens = (!heard.matches.is_empty()).then(|| {
                Notifications { spec: heard, ..Notifications::default() }.terse()["match"].take()
            });
            Ok(Stakeholder { name: row.get("name"), claims: spec.terse(), listens })
        })
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(Error::internal)?;
    stakeholders.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(stakeholders)
}
