//! The story of replacing what a stakeholder listens to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Plan, Secrets, alerts, channels, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::changes::Lsn;
use crate::claims::{self, mismatch, store::Kind};
use crate::error::{Error, Result};
use crate::spec::{self, Channel, Fault, Notifications, Pointers};
use crate::stakeholders::{self, Stakeholder};
use crate::version::{Expected, Version};

/// What a replacement did, or would do.
#[derive(Debug)]
pub struct Outcome {
    /// The document, as it is stored now, without passwords.
    pub document: Notifications,
    /// Of a dry run: what would change.
    pub plan: Option<Plan>,
    /// The signing secrets that were made, by channel. Nobody is shown them again; of a dry
    /// run there are none.
    pub secrets: BTreeMap<String, String>,
    /// What the document names and nobody is told.
    pub untold: Vec<Value>,
    /// From where on nothing is missed. None while transactions are running that had
    /// written before: the replication slot waits for them, and what they wrote into a
    /// table before it was published isn't told.
    pub from: Option<Lsn>,
    /// Of the document that is stored now: of a dry run, the one that there was.
    pub version: Version,
}

/// What a PUT has to wait for.
struct Done {
    outcome: Outcome,
    /// The transaction that published more than before, if it did.
    published: Option<String>,
}

/// Replaces what a stakeholder listens to by what a document says. Refused, and
/// nothing is changed, if the document says what its schema doesn't allow, or the
/// database doesn't have or can't publish.
pub async fn replace(
    app: &App,
    stakeholder: i64,
    document: &Value,
    expected: &Expected,
    is_dry_run: bool,
) -> Result<Outcome> {
    let (document, pointers) =
        spec::parse_notifications(document).map_err(Error::InvalidDocument)?;
    let attempted = claims::patiently(&app.turns, app.lock_timeout, async |patience| {
        let request = (stakeholder, &document, &pointers);
        let mut client = app.pool.get().await?;
        attempt(app, &mut client, request, (expected, is_dry_run), patience).await
    });
    let Done { mut outcome, published } = attempted.await?;
    if is_dry_run {
        return Ok(outcome);
    }
    app.changes.until_heeded().await;
    if !outcome.document.channels.is_empty() {
        outcome.from = until_heard(app, published.as_deref()).await?;
    }
    Ok(outcome)
}

/// In the order of a change of claims, and for the same reasons.
async fn attempt(
    app: &App,
    client: &mut deadpool_postgres::Client,
    (stakeholder, document, pointers): (i64, &Notifications, &Pointers),
    (expected, is_dry_run): (&Expected, bool),
    patience: Duration,
) -> Result<Done> {
    let transaction = client.transaction().await?;
    stakeholders::store::by_id(&transaction, stakeholder).await?;
    claims::store::lock_to_publish(&transaction, &document.spec).await?;
    claims::store::wait_at_most(&transaction, patience).await?;
    claims::store::lock_tables(&transaction, &[stakeholder], &document.spec).await?;
    claims::store::take_fence(&transaction).await?;
    let owner = stakeholders::store::by_id(&transaction, stakeholder).await?;

    store::lock(&transaction, stakeholder).await?;
    let stored = store::document(&transaction, &app.seal, stakeholder).await?;
    let was = store::version(&transaction, stakeholder, &stored).await?;
    expected.admit(&was)?;
    let before = &stored.spec;
    claims::store::store_spec(&transaction, stakeholder, Kind::Notifications, &document.spec)
        .await?;
    let unchanged = document.spec.unchanged_since(before);
    let faults =
        claims::store::faults(&transaction, stakeholder, Kind::Notifications, &unchanged).await?;
    mismatch::refuse_faults(&document.spec, pointers, &faults)?;
    let publishes_more = claims::store::publishes_more(&transaction).await?;
    let unpublished = claims::store::publish(&transaction).await?;
    mismatch::refuse_unpublished(&document.spec, pointers, &unpublished)?;

    let mut document = document.clone();
    let (secrets, changed) = put_channels(app, &transaction, stakeholder, &mut document).await?;
    let untold = store::untold(&transaction, stakeholder).await?;
    if is_dry_run {
        // What was done so far is taken back, and the secrets with it.
        let plan = Plan::between(&stored, &document, secrets.into_keys().collect());
        let (plan, secrets) = (Some(plan), BTreeMap::new());
        let outcome = Outcome { document, plan, secrets, untold, from: None, version: was };
        return Ok(Done { outcome, published: None });
    }
    audit::record(&transaction, entry(&owner, &stored, &document, &changed)).await?;
    let version = store::version(&transaction, stakeholder, &document).await?;
    alerts::put(&transaction, stakeholder, document.alerts.as_ref()).await?;
    store::announce(&transaction).await?;
    let published =
        if publishes_more { Some(store::transaction_id(&transaction).await?) } else { None };
    transaction.commit().await?;
    let outcome = Outcome { document, plan: None, secrets, untold, from: None, version };
    Ok(Done { outcome, published })
}

/// Makes the channels those of the document, which gets back the passwords that it
/// repeats as they were shown. Answers the secrets that were made, and the channels that
/// have others than before.
async fn put_channels(
    app: &App,
    transaction: &deadpool_postgres::Transaction<'_>,
    stakeholder: i64,
    document: &mut Notifications,
) -> Result<(BTreeMap<String, String>, Vec<String>)> {
    let before = store::channels(transaction, &app.seal, Some(stakeholder)).await?;
    let stored: Vec<Channel> = before.iter().map(|stored| stored.channel.clone()).collect();
    document.unmask(&stored).map_err(Error::InvalidDocument)?;
    refuse_private(app, document)?;
    let (mut made, mut changed) = (BTreeMap::new(), Vec::new());
    for channel in &document.channels {
        let stored = before.iter().find(|stored| stored.channel.name == channel.name);
        let held = stored.and_then(|stored| stored.secrets.as_ref());
        let (secrets, fresh) = Secrets::of(channel, held);
        if held != Some(&secrets) {
            changed.push(channel.name.clone());
        }
        if held != Some(&secrets) || stored.is_none_or(|stored| stored.channel != *channel) {
            store::put(transaction, &app.seal, stakeholder, channel, &secrets).await?;
        }
        made.extend(fresh.map(|secret| (channel.name.clone(), secret)));
    }
    let names: Vec<&str> = document.channels.iter().map(|one| one.name.as_str()).collect();
    store::keep_only(transaction, stakeholder, &names).await?;
    Ok((made, changed))
}

/// Refuses channels that nothing could ever be sent to.
fn refuse_private(app: &App, document: &Notifications) -> Result<()> {
    let channels = document.channels.iter().enumerate();
    let faults: Vec<Fault> = channels
        .filter_map(|(no, channel)| {
            let message = channels::fault(app, channel)?;
            Some(Fault { message, pointer: format!("#/channels/{no}/url") })
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::InvalidDocument(faults)) }
}

/// What the audit says of it: the documents as they are shown, and whose secrets changed.
fn entry(
    stakeholder: &Stakeholder,
    before: &Notifications,
    after: &Notifications,
    changed: &[String],
) -> Event {
    let mut now = after.masked().terse();
    if !changed.is_empty() {
        now["changed_secrets_of"] = json!(changed);
    }
    Event {
        action: "notifications.replace",
        subject: Subject::from(stakeholder),
        before: Some(before.masked().terse()),
        after: Some(now),
    }
}

/// Waits until everything is heard that is committed from then on, as long as for a
/// lock: until the replication slot is made, and nobody is writing any more who began
/// before more was published.
async fn until_heard(app: &App, published: Option<&str>) -> Result<Option<Lsn>> {
    let deadline = tokio::time::Instant::now() + app.lock_timeout;
    loop {
        let client = app.pool.get().await?;
        let is_early = match published {
            Some(transaction) => store::writes_since_before(&client, transaction).await?,
            None => false,
        };
        let from = if is_early { None } else { store::from_now_on(&client).await? };
        if from.is_some() || tokio::time::Instant::now() >= deadline {
            return Ok(from);
        }
        drop(client);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Outcome {
    /// As the API answers it: the document, and beside it what it doesn't say.
    pub fn to_json(&self) -> Value {
        let mut data = self.document.masked().terse();
        if !self.secrets.is_empty() {
            data["secrets"] = json!(self.secrets);
        }
        if !self.untold.is_empty() {
            data["not_told"] = json!(self.untold);
        }
        match &self.plan {
            Some(plan) => data["dry_run"] = json!(plan),
            None => data["from"] = json!(self.from.map(|from| from.to_string())),
        }
        data
    }
}
