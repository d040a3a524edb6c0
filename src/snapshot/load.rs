//! Making everything a snapshot describes, in a database that has nothing of it.

use tokio_postgres::Client;

use super::{Object, Snapshot, history};
use crate::error::{Result, chain, root_cause};

/// Something that could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unloaded {
    pub kind: String,
    pub name: String,
    pub reason: String,
}

/// Makes the objects of a snapshot and fills the tables of migration tools, as a
/// superuser; answers what could not be made.
///
/// Objects lean on each other in ways that only Postgres knows. So whatever fails
/// waits for the next round, until a round makes nothing.
pub async fn load(client: &Client, snapshot: &Snapshot) -> Result<Vec<Unloaded>> {
    prepare(client).await?;
    let mut waiting: Vec<&Object> = snapshot.objects.iter().collect();
    let unmade = loop {
        let (mut failed, attempts) = (Vec::new(), waiting.len());
        for object in waiting {
            if let Err(error) = make(client, object).await {
                failed.push((object, error));
            }
        }
        if failed.is_empty() || failed.len() == attempts {
            break failed;
        }
        waiting = failed.into_iter().map(|(object, _)| object).collect();
    };
    let mut unloaded: Vec<Unloaded> = unmade
        .into_iter()
        .map(|(object, error)| unloaded(&object.kind, &object.name, &error.into()))
        .collect();
    // Their keys need not be written in the order in which they refer to each other.
    client.simple_query("set session_replication_role = replica").await?;
    for table in &snapshot.history.tables {
        if let Err(error) = history::restore(client, table).await {
            unloaded.push(self::unloaded("history", &table.name, &error));
        }
    }
    client.simple_query("reset session_replication_role").await?;
    populate(client, &snapshot.objects).await;
    Ok(unloaded)
}

/// Names in the statements are all qualified, and functions may come before what
/// they use. Foreign tables stand on a wrapper that leads nowhere.
async fn prepare(client: &Client) -> Result<()> {
    client
        .simple_query(
            "set search_path = pg_catalog, pg_temp;
             set check_function_bodies = off;
             set client_min_messages = error;
             create foreign data wrapper integratedb_stand_in",
        )
        .await?;
    Ok(())
}

/// Makes one object, all its statements or none.
async fn make(client: &Client, object: &Object) -> Result<(), tokio_postgres::Error> {
    if is_there(client, object).await? {
        return Ok(());
    }
    let made = client.simple_query(&object.sql).await;
    if made.is_err() && object.kind == "collation" {
        // Which ones there are is a matter of the machine.
        let stand_in = format!("create collation {} from pg_catalog.\"C\"", object.name);
        client.simple_query(&stand_in).await?;
        return Ok(());
    }
    made?;
    if object.kind == "role" {
        // A role is in a snapshot if it may do something in the database.
        let grant =
            "select format('grant connect on database %I to %s', current_database(), $1::text)";
        let grant: String = client.query_one(grant, &[/* role */ &object.name]).await?.get(0);
        client.simple_query(&grant).await?;
    }
    Ok(())
}

/// Whether a role, a collation or an extension is there already.
async fn is_there(client: &Client, object: &Object) -> Result<bool, tokio_postgres::Error> {
    let question = match object.kind.as_str() {
        "role" => "select exists (select from pg_roles where quote_ident(rolname) = $1)",
        "collation" => "select to_regcollation($1) is not null",
        "extension" => "select exists (select from pg_extension where quote_ident(extname) = $1)",
        _ => return Ok(false),
    };
    Ok(client.query_one(question, &[/* name */ &object.name]).await?.get(0))
}

/// Lets materialized views be read, as far as they can be without data.
async fn populate(client: &Client, objects: &[Object]) {
    for object in objects.iter().filter(|object| object.kind == "materialized view") {
        let refresh = format!("refresh materialized view {}", object.name);
        if let Err(error) = client.simple_query(&refresh).await {
            tracing::debug!(view = object.name, error = chain(&error), "empty");
        }
    }
}

fn unloaded(kind: &str, name: &str, error: &crate::error::Error) -> Unloaded {
    Unloaded { kind: kind.to_owned(), name: name.to_owned(), reason: root_cause(error) }
}
