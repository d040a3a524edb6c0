//! The story of replacing a stakeholder's claims.

use std::time::Duration;

use serde_json::{Value, json};

use super::store::Kind;
use super::{mismatch, patiently, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::error::{Error, Result};
use crate::spec::{self, Pointers, Spec};
use crate::stakeholders::{self, Stakeholder};
use crate::version::{Expected, Version};

/// What a replacement did, or would do.
#[derive(Debug)]
pub struct Outcome {
    /// The document, as it is stored now.
    pub spec: Spec,
    /// The privileges that changed.
    pub changes: Vec<store::GrantChange>,
    /// Of the document that is stored now: of a dry run, the one that there was.
    pub version: Version,
}

/// Replaces a stakeholder's claims by those of a document, and its grants with
/// them. Refused, and nothing is changed, if the document says what its schema
/// doesn't allow or the database doesn't have.
pub async fn replace(
    app: &App,
    stakeholder: i64,
    document: &Value,
    expected: &Expected,
    is_dry_run: bool,
) -> Result<Outcome> {
    let (spec, pointers) = spec::parse(document).map_err(Error::InvalidDocument)?;
    let request = (stakeholder, &spec, &pointers);
    let (changes, before) = patiently(&app.turns, app.lock_timeout, async |patience| {
        let mut client = app.pool.get().await?;
        attempt(&mut client, request, expected, is_dry_run, patience).await
    })
    .await?;
    if !is_dry_run {
        app.changes.until_heeded().await;
    }
    let version = if is_dry_run { before } else { version(&spec)? };
    Ok(Outcome { spec, changes, version })
}

/// The version of a document of claims.
pub fn version(spec: &Spec) -> Result<Version> {
    Version::of(&spec.terse())
}

/// The order matters. The tables are locked weakly before the fence is taken, or
/// a migration that alters one and this would wait for each other; and everything
/// is looked at after the fence, so that no migration commits in between.
async fn attempt(
    client: &mut deadpool_postgres::Client,
    (stakeholder, spec, pointers): (i64, &Spec, &Pointers),
    expected: &Expected,
    is_dry_run: bool,
    patience: Duration,
) -> Result<(Vec<store::GrantChange>, Version)> {
    let transaction = client.transaction().await?;
    store::wait_at_most(&transaction, patience).await?;
    stakeholders::store::by_id(&transaction, stakeholder).await?;
    store::lock_tables(&transaction, &[stakeholder], spec).await?;
    store::take_fence(&transaction).await?;
    // It may have been deleted while this waited.
    let stakeholder = stakeholders::store::by_id(&transaction, stakeholder).await?;

    let before = store::spec(&transaction, stakeholder.id, Kind::Claims).await?;
    let version = version(&before)?;
    expected.admit(&version)?;
    let changes = put(&transaction, &stakeholder, (spec, pointers), &before).await?;

    if !is_dry_run {
        transaction.commit().await?;
    }
    Ok((changes, version))
}

/// Stores a document in place of the one before and lets the grants follow, in a
/// transaction that holds the fence. What was changed when this is refused is for
/// the transaction to take back.
pub async fn put(
    transaction: &deadpool_postgres::Transaction<'_>,
    stakeholder: &Stakeholder,
    (spec, pointers): (&Spec, &Pointers),
    before: &Spec,
) -> Result<Vec<store::GrantChange>> {
    let id = stakeholder.id;
    store::store_spec(transaction, id, Kind::Claims, spec).await?;
    let faults =
        store::faults(transaction, id, Kind::Claims, &spec.unchanged_since(before)).await?;
    mismatch::refuse_faults(spec, pointers, &faults)?;
    let changes = store::reconcile(transaction, id).await?;
    mismatch::refuse_ungranted(spec, pointers, &changes)?;
    audit::record(transaction, entry(stakeholder, before, spec, &changes)).await?;
    Ok(changes)
}

/// Lets the grants follow claims that stay as they are. What can't be granted any
/// more is no fault of whoever changes nothing: the answer has it.
pub async fn regrant(
    transaction: &deadpool_postgres::Transaction<'_>,
    stakeholder: &Stakeholder,
    spec: &Spec,
) -> Result<Vec<store::GrantChange>> {
    let changes = store::reconcile(transaction, stakeholder.id).await?;
    mismatch::refuse_ungranted(&Spec::default(), &Pointers::default(), &changes)?;
    audit::record(transaction, entry(stakeholder, spec, spec, &changes)).await?;
    Ok(changes)
}

/// What the audit says of it: the documents, and the privileges that followed.
fn entry(
    stakeholder: &Stakeholder,
    before: &Spec,
    after: &Spec,
    changes: &[store::GrantChange],
) -> Event {
    let done = changes.iter().filter(|change| change.problem.is_none());
    let (grants, revokes): (Vec<_>, Vec<_>) = done.partition(|change| change.is_grant);
    let mut now = after.terse();
    for (name, changes) in [("grants", grants), ("revokes", revokes)] {
        if !changes.is_empty() {
            now[name] = json!(changes);
        }
    }
    Event {
        action: "claims.replace",
        subject: Subject::from(stakeholder),
        before: Some(before.terse()),
        after: Some(now),
    }
}
