//! Making everything a snapshot describes, in a database that has nothing of it.
//!
//! What it describes is code of others, so all of it is made, filled and refreshed by a role
//! that may do nothing else. What only a superuser can make comes first, in statements that
//! are written here: nothing of the snapshot can run by then.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::{Object, Snapshot, history};
use crate::error::{Result, chain, root_cause};

/// Something that could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unloaded {
    pub kind: String,
    pub name: String,
    pub reason: String,
}

/// Makes what the objects of a snapshot stand in: roles, schemas, extensions and collations of
/// the machine. Answers what could not be made.
pub async fn load_surroundings(
    superuser: &Client,
    owner: &Client,
    snapshot: &Snapshot,
) -> Result<Vec<Unloaded>> {
    superuser
        .simple_query(
            "set client_min_messages = error;
             create foreign data wrapper integratedb_stand_in;
             grant usage on foreign data wrapper integratedb_stand_in to public",
        )
        .await?;
    prepare(owner).await?;
    let surroundings = snapshot.objects.iter().filter(|object| is_surrounding(object)).collect();
    in_rounds(surroundings, async |object| surround(superuser, owner, object).await).await
}

/// Makes the other objects of a snapshot, as their owner, and fills the tables of migration
/// tools, whose keys need not be written in the order in which they refer to each other: the
/// session has `session_replication_role = replica`. Answers what could not be made.
pub async fn load(owner: &Client, snapshot: &Snapshot) -> Result<Vec<Unloaded>> {
    prepare(owner).await?;
    let objects = snapshot.objects.iter().filter(|object| !is_surrounding(object)).collect();
    let mut unloaded = in_rounds(objects, async |object| make(owner, object).await).await?;
    for table in &snapshot.history.tables {
        if let Err(error) = history::restore(owner, table).await {
            unloaded.push(self::unloaded("history", &table.name, &error));
        }
    }
    populate(owner, &snapshot.objects).await?;
    Ok(unloaded)
}

/// Names in the statements are all qualified, and functions may come before what
/// they use.
async fn prepare(owner: &Client) -> Result<()> {
    owner
        .simple_query(
            "set search_path = pg_catalog, pg_temp;
             set check_function_bodies = off;
             set client_min_messages = error",
        )
        .await?;
    Ok(())
}

fn is_surrounding(object: &Object) -> bool {
    matches!(object.kind.as_str(), "role" | "extension" | "schema") || is_of_the_machine(object)
}

fn is_of_the_machine(object: &Object) -> bool {
    object.kind == "collation" && object.name.starts_with("pg_catalog.")
}

/// Objects lean on each other in ways that only Postgres knows. So whatever fails
/// waits for the next round, until a round makes nothing.
async fn in_rounds(
    mut waiting: Vec<&Object>,
    make: impl AsyncFn(&Object) -> Result<(), tokio_postgres::Error>,
) -> Result<Vec<Unloaded>> {
    loop {
        let (mut failed, attempts) = (Vec::new(), waiting.len());
        for object in waiting {
            if let Err(error) = make(object).await {
                failed.push((object, error));
            }
        }
        if failed.is_empty() || failed.len() == attempts {
            let unmade = failed.into_iter();
            return Ok(unmade
                .map(|(object, error)| unloaded(&object.kind, &object.name, &error.into()))
                .collect());
        }
        waiting = failed.into_iter().map(|(object, _)| object).collect();
    }
}

/// Makes a role or an extension as the superuser, with no word of the snapshot but the name;
/// extensions that are trusted, and schemas, are the owner's.
async fn surround(
    superuser: &Client,
    owner: &Client,
    object: &Object,
) -> Result<(), tokio_postgres::Error> {
    if is_there(superuser, object).await? {
        return Ok(());
    }
    let name = &object.name;
    if object.kind == "role" {
        // A role is in a snapshot if it may do something in the database.
        let role = "select format('create role %1$I; grant connect on database %2$I to %1$I',
                                  (parse_ident($1))[1], current_database())";
        return write_and_run(superuser, role, &[/* name */ name]).await;
    }
    if is_of_the_machine(object) {
        // Which ones there are is a matter of the machine.
        let stand_in =
            "select format('create collation pg_catalog.%I from \"C\"', (parse_ident($1))[2])";
        return write_and_run(superuser, stand_in, &[/* name */ name]).await;
    }
    let made = owner.simple_query(&object.sql).await;
    let is_refused =
        made.as_ref().is_err_and(|error| error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    if is_refused && object.kind == "extension" {
        let words = object.sql.rsplit_once(" with schema ");
        let schema = words.map_or("public", |(_, schema)| schema);
        let extension = "select format('create extension %I with schema %I',
                                       (parse_ident($1))[1], (parse_ident($2))[1])";
        return write_and_run(superuser, extension, &[/* name */ name, /* schema */ &schema]).await;
    }
    made.map(drop)
}

/// Runs the statements that a query writes.
async fn write_and_run(
    superuser: &Client,
    query: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<(), tokio_postgres::Error> {
    let statements: String = superuser.query_one(query, parameters).await?.get(0);
    superuser.simple_query(&statements).await.map(drop)
}

/// Makes one object, all its statements or none.
async fn make(owner: &Client, object: &Object) -> Result<(), tokio_postgres::Error> {
    if is_there(owner, object).await? {
        return Ok(());
    }
    let made = owner.simple_query(&object.sql).await;
    if made.is_err() && object.kind == "collation" {
        let stand_in = format!("create collation {} from pg_catalog.\"C\"", object.name);
        owner.simple_query(&stand_in).await?;
        return Ok(());
    }
    made.map(drop)
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

/// Lets materialized views be read, as far as they can be without data and in reasonable time.
async fn populate(owner: &Client, objects: &[Object]) -> Result<()> {
    owner.simple_query("set statement_timeout = '10s'").await?;
    for object in objects.iter().filter(|object| object.kind == "materialized view") {
        let refresh = format!("refresh materialized view {}", object.name);
        if let Err(error) = owner.simple_query(&refresh).await {
            tracing::debug!(view = object.name, error = chain(&error), "empty");
        }
    }
    Ok(())
}

fn unloaded(kind: &str, name: &str, error: &crate::error::Error) -> Unloaded {
    Unloaded { kind: kind.to_owned(), name: name.to_owned(), reason: root_cause(error) }
}
