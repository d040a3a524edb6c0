//! What a stakeholder can read: by the privileges in the catalog, and by reading.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Path};
use crate::judge::Readable;
use crate::support::{Client, TestApp};
use crate::world::{Party, World};

/// Where a stakeholder's privileges aren't what it claims, in words.
pub fn differences(now: &Catalog, party: &Party, unsure: &BTreeSet<Path>) -> Vec<String> {
    let (role, claims) = (&party.stakeholder.name, &party.claims);
    let (claimed, held) = (claims.readable(now), readable(now, role));
    let columns = claimed.symmetric_difference(&held).filter(|(path, _)| !unsure.contains(path));
    let columns = columns.map(|it| (claimed.contains(it), format!("{it:?}")));

    let (needed, usable) = (claims.usable(now), usable(now, role));
    // Everybody may use public.
    let schemas = needed.symmetric_difference(&usable).filter(|schema| *schema != "public");
    let schemas = schemas.filter(|schema| !unsure.iter().any(|(unsure, _)| unsure == *schema));
    let schemas = schemas.map(|schema| (needed.contains(schema), format!("schema {schema}")));

    let words = |(is_claimed, what): (bool, String)| {
        if is_claimed {
            format!("{role} claims {what}, and has no privilege")
        } else {
            format!("{role} has a privilege on {what}, and doesn't claim it")
        }
    };
    columns.chain(schemas).map(words).collect()
}

fn readable(now: &Catalog, role: &str) -> BTreeSet<Readable> {
    let columns = now
        .relations
        .values()
        .flat_map(|relation| relation.columns.iter().map(move |column| (relation, column)));
    let readable = columns.filter(|(relation, column)| {
        is_among(role, &relation.readers) || is_among(role, &column.readers)
    });
    readable.map(|(relation, column)| (relation.path(), column.name.clone())).collect()
}

fn usable(now: &Catalog, role: &str) -> BTreeSet<String> {
    let usable = now.schemas.iter().filter(|(_, schema)| is_among(role, &schema.users));
    usable.map(|(name, _)| name.clone()).collect()
}

fn is_among(role: &str, roles: &[String]) -> bool {
    roles.iter().any(|name| name == role || name == "public")
}

/// Connects as each stakeholder and tries to read each column there is.
pub async fn try_to_read(app: &TestApp, world: &World) {
    for party in world.parties.values() {
        let client = app.connect_as(&party.stakeholder).await;
        let claimed = party.claims.readable(&world.catalog);
        for relation in world.catalog.relations.values() {
            for column in &relation.columns {
                let what = (relation.path(), column.name.clone());
                let is_read = reads(&client, &what).await;
                world.journal.insist(is_read == claimed.contains(&what), || {
                    let name = &party.stakeholder.name;
                    format!("{name} reads {what:?}: {is_read}\n{:#?}", party.claims)
                });
            }
        }
    }
}

async fn reads(client: &Client, ((schema, table), column): &Readable) -> bool {
    let sql = format!("select \"{column}\" from {schema}.{table} limit 0");
    match client.simple_query(&sql).await {
        Ok(_) => true,
        Err(error) => {
            let code = error.code().map(tokio_postgres::error::SqlState::code);
            assert_eq!(code, Some("42501"), "{sql}");
            false
        }
    }
}
