//! What an operator does with channels: pause, test, and rotate secrets.

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
use crate::error::{Error, FieldErrors, Result};
use crate::spec::ChannelSettings;
use crate::stakeholders::{self, Stakeholder};

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
        Ok(Step::Changed(said(channel.is_paused), said(is_paused)))
    })
    .await
}

/// Signs with another secret from now on; answers it.
pub async fn rotate(app: &App, stakeholder: i64, channel: &str) -> Result<String> {
    let mut made = None;
    change(app, stakeholder, (Some(channel), "notifications.rotate"), async |client, channel| {
        if !matches!(channel.channel.settings, ChannelSettings::Webhook(_)) {
            let name = &channel.channel.name;
            let message = format!("{name} has no secret that could be rotated: it is no WEBHOOK");
            return Err(Error::invalid("channel", message));
        }
        let mut secrets = channel.secrets.clone().ok_or_else(channels::unsealable)?;
        made = Some(secrets.rotate());
        store::put(client, &app.seal, stakeholder, &channel.channel, &secrets).await?;
        Ok(Step::Changed(json!({}), json!({ "secret": "changed" })))
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

/// What became of one channel.
pub enum Step {
    /// How it was and is, for the audit.
    Changed(Value, Value),
    /// It stays as it is: because of which field, and why.
    Stays(&'static str, String),
}

/// Changes channels in one transaction, and lets the one who tells know. Where none would
/// be changed, that is no success.
pub async fn change(
    app: &App,
    stakeholder: i64,
    (channel, action): (Option<&str>, &'static str),
    mut each: impl AsyncFnMut(&deadpool_postgres::Transaction<'_>, &Stored) -> Result<Step>,
) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    // Before they are read: what is written is all of a channel's secrets.
    store::lock(&transaction, stakeholder).await?;
    let (stakeholder, channels) = chosen(&transaction, app, stakeholder, channel).await?;
    let (mut before, mut after, mut stay) = (json!({}), json!({}), FieldErrors::default());
    for stored in channels {
        let name = stored.channel.name.as_str();
        match each(&transaction, &stored).await? {
            Step::Changed(was, is) => (before[name], after[name]) = (was, is),
            Step::Stays(field, why) => stay.add(field, why),
        }
    }
    if before == json!({}) {
        stay.into_result()?;
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
    let names: Vec<String> = channels.iter().map(|stored| stored.channel.name.clone()).collect();
    channels.retain(|stored| channel.is_none_or(|name| stored.channel.name == name));
    match channel {
        _ if !channels.is_empty() => Ok((stakeholder, channels)),
        Some(name) => Err(store::no_channel(name, &names)),
        None => Err(Error::invalid(
            "channel",
            "can't be chosen: the stakeholder has none. Name some in its notifications first",
        )),
    }
}
