//! The story of an uninstallation.

use std::time::Duration;

use super::survey::Left;
use super::{Extent, Survey, survey};
use crate::claims;
use crate::credentials::login;
use crate::db::{self, Client, Ident, Transaction};
use crate::error::{Error, Result, chain};
use crate::notifications::backfill;
use crate::stakeholders::{handover, objects, role, store};

/// How long a running migration is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Removes what a survey shows, in one transaction but for the roles that backfills read as,
/// which go first, and the replication slot, which knows no transaction: it goes last, and
/// another call finishes what was left of it. Answers what
/// the stakeholders' schemas still hold.
pub async fn uninstall(client: &mut Client, extent: Extent) -> Result<Vec<String>> {
    let found = survey(client).await?;
    refuse(&found, extent)?;
    for (pid, _) in &found.sessions {
        let sql = "select pg_catalog.pg_terminate_backend($1, 10000)";
        client.execute(sql, &[/* pid */ pid]).await?;
    }
    for reader in &found.readers {
        backfill::role::drop(client, reader).await?;
    }
    let removed = async {
        if extent.drops_stakeholders {
            shut_out(client, &found).await?;
        }
        remove(client, &found, extent).await
    };
    let kept = match removed.await {
        Ok(kept) => kept,
        Err(error) => {
            if extent.drops_stakeholders
                && let Err(other) = allow_in(client, &found, true).await
            {
                // What is told is why it failed in the first place.
                let error = chain(&other);
                tracing::error!(
                    error,
                    "the stakeholders can't log in: let them, or call this again"
                );
            }
            return Err(error);
        }
    };
    if let Some(slot) = &found.slot {
        let sql = "select pg_catalog.pg_drop_replication_slot($1)";
        client.execute(sql, &[/* slot */ slot]).await?;
    }
    Ok(kept)
}

fn refuse(found: &Survey, extent: Extent) -> Result<()> {
    if !found.leaning.is_empty() {
        return Err(Error::Conflict(format!(
            "Others have made what leans on IntegrateDB and would go with it. Drop it first, or let \
             it lean on something else:\n  {}",
            found.leaning.join("\n  ")
        )));
    }
    let takes_back = extent.revokes_grants || extent.drops_stakeholders;
    if takes_back && found.has_schema && found.version < db::newest_migration() {
        return Err(Error::Conflict(format!(
            "The installation is at version {}, and what it has granted can only be taken back from {}. \
             Bring it up to date with `integratedb migrate` first.",
            found.version,
            db::newest_migration()
        )));
    }
    if !found.sessions.is_empty() && !extent.is_forced {
        return Err(Error::Conflict(
            "A server of IntegrateDB is connected. Stop it first, or end its sessions with --force."
                .to_owned(),
        ));
    }
    Ok(())
}

/// Lets the stakeholders log in, or no more.
async fn allow_in(client: &mut Client, found: &Survey, may: bool) -> Result<()> {
    let transaction = client.transaction().await?;
    for stakeholder in &found.stakeholders {
        login::allow_all(&transaction, stakeholder.id, may).await?;
    }
    Ok(transaction.commit().await?)
}

/// Lets the stakeholders log in no more, and ends their sessions.
async fn shut_out(client: &mut Client, found: &Survey) -> Result<()> {
    allow_in(client, found, false).await?;
    for Left { name, logins, .. } in &found.stakeholders {
        for role in logins.iter().chain([name]) {
            role::end_sessions(client, role).await?;
        }
    }
    Ok(())
}

async fn remove(client: &mut Client, found: &Survey, extent: Extent) -> Result<Vec<String>> {
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, PATIENCE).await?;
    open_the_gate(&transaction, found).await?;
    let mut kept = Vec::new();
    if found.has_schema {
        store::lock_all(&transaction).await?;
        if extent.revokes_grants || extent.drops_stakeholders {
            for stakeholder in &found.stakeholders {
                claims::store::withdraw(&transaction, stakeholder.id).await?;
            }
        }
        if extent.drops_stakeholders {
            for stakeholder in &found.stakeholders {
                kept.extend(dismiss(&transaction, stakeholder).await?);
            }
        }
    }
    for publication in &found.publications {
        role::run(&transaction, &format!("drop publication {}", Ident(publication))).await?;
    }
    for function in &found.functions {
        role::run(&transaction, &format!("drop function {function}")).await?;
    }
    if found.has_schema {
        // Foreign keys would otherwise be checked on tables that are gone.
        role::run(&transaction, "set constraints all immediate; drop schema integratedb cascade")
            .await?;
    }
    transaction.commit().await?;
    Ok(kept)
}

/// The event triggers first, or they would take note of what follows. Who may not drop
/// them may drop the function that is all they do.
async fn open_the_gate(transaction: &Transaction<'_>, found: &Survey) -> Result<()> {
    if found.event_triggers.is_empty() {
        return Ok(());
    }
    let by_function = "drop function integratedb.gate_mark() cascade";
    role::run(transaction, by_function).await
}

/// Drops a stakeholder's roles; what it made stays, and belongs to a role that is made for
/// it. Answers what that is, and whose.
async fn dismiss(transaction: &Transaction<'_>, stakeholder: &Left) -> Result<Vec<String>> {
    let name = &stakeholder.name;
    for username in &stakeholder.logins {
        login::drop(transaction, name, username).await?;
    }
    let kept = objects::list(transaction, name).await?;
    let owner = handover::retire(transaction, name, stakeholder.id).await?;
    if objects::is_empty(transaction, name).await? {
        objects::drop_empty(transaction, name).await?;
    }
    role::drop(transaction, name).await?;
    let owner = owner.map(|owner| format!(" ({owner})")).unwrap_or_default();
    Ok(kept.into_iter().map(|object| object + &owner).collect())
}
