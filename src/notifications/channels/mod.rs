//! The ways of telling an application, one module each.

mod guard;
pub mod redis;
pub mod socket;
pub mod webhook;

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::store::Stored;
use super::{Consumer, Outgoing, Progress};
use crate::App;
use crate::error::{Error, Result};
use crate::spec::{Channel, ChannelSettings, RedisTarget};

/// How long an event that is sent at once may take in all, however long the channel allows:
/// a request waits for it.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends a channel's events until there are no more. What is logged meanwhile says whose
/// channel it is, whatever the level.
pub async fn run(app: &App, stored: &Stored, consumer: Consumer) -> Result<()> {
    let (owner, name) = (stored.owner.as_str(), stored.channel.name.as_str());
    let span = tracing::error_span!("channel", owner, channel = name);
    let sending = async {
        match &stored.channel.settings {
            ChannelSettings::Webhook(_) => webhook::run(consumer, webhook(app, stored)?).await,
            ChannelSettings::Redis(_) => redis::run(consumer, redis(app, stored)?).await,
            ChannelSettings::Socket => std::future::pending().await,
        }
    };
    sending.instrument(span).await
}

/// Sends one event at once and waits for what becomes of it: in words, if it doesn't
/// arrive. To a SOCKET nothing is sent, since it would have no place among what its
/// clients resume from; but somebody has to be there.
pub async fn send_now(app: &App, stored: &Stored, outgoing: Outgoing) -> Result<(), String> {
    if stored.channel.settings == ChannelSettings::Socket {
        let hub = app.hubs.find(stored.stakeholder, &stored.channel.name);
        return match hub.map_or(0, |hub| hub.listeners()) {
            0 => Err("No client is connected to this instance.".to_owned()),
            _ => Ok(()),
        };
    }
    let (sender, events) = mpsc::channel(1);
    let progress = Progress::default();
    let consumer = Consumer { events, progress: progress.clone() };
    // The sender stays: without it what is to be sent would be given up.
    sender.try_send(outgoing).map_err(|error| error.to_string())?;
    let once = async {
        match &stored.channel.settings {
            ChannelSettings::Webhook(_) => {
                let webhook = webhook(app, stored)?;
                webhook::run(consumer, webhook::Webhook { max_attempts: 1, ..webhook }).await
            }
            _ => run(app, stored, consumer).await,
        }
    };
    tokio::select! {
        ended = once => ended.map_err(|error| error.to_string()),
        outcome = progress.settled() => outcome,
        () = tokio::time::sleep(PATIENCE) => Err("There was no answer in time.".to_owned()),
    }
}

/// Why nothing could ever be sent to a channel: its URL names a private address itself, and
/// those aren't allowed. What a name stands for is looked up when something is sent.
pub fn fault(app: &App, channel: &Channel) -> Option<String> {
    let (what, setting) = match channel.settings {
        ChannelSettings::Webhook(_) if !app.allows_private => ("webhooks", "WEBHOOK_ALLOW_PRIVATE"),
        ChannelSettings::Redis(_) if !app.allows_private_redis => {
            ("a REDIS", "REDIS_ALLOW_PRIVATE")
        }
        _ => return None,
    };
    let url: Url = channel.address()?.expose().parse().ok()?;
    let host = url.host_str()?;
    (guard::check_literal(host).is_err() || guard::is_this_machine(host)).then(|| {
        format!("{host} is a private address, where {what} may only be with {setting}=true.")
    })
}

fn webhook(app: &App, stored: &Stored) -> Result<webhook::Webhook> {
    let ChannelSettings::Webhook(settings) = &stored.channel.settings else {
        return Err(Error::internal("the channel is no webhook"));
    };
    let secrets = stored.secrets.as_ref().ok_or_else(unsealable)?.current();
    Ok(webhook::Webhook {
        url: settings.url.expose().parse().map_err(Error::internal)?,
        secrets: secrets.into_iter().map(SecretString::from).collect(),
        batch: settings.batch as usize,
        concurrency: settings.concurrency as usize,
        timeout: Duration::from_millis(settings.timeout_ms.into()),
        max_attempts: settings.max_attempts,
        allow_private: app.allows_private,
        patience: webhook::Patience::default(),
    })
}

fn redis(app: &App, stored: &Stored) -> Result<redis::Redis> {
    let ChannelSettings::Redis(settings) = &stored.channel.settings else {
        return Err(Error::internal("the channel is no Redis"));
    };
    stored.secrets.as_ref().ok_or_else(unsealable)?;
    let target = match &settings.target {
        RedisTarget::Stream { stream, maxlen } => {
            redis::Target::Stream { name: stream.clone(), maxlen: *maxlen }
        }
        RedisTarget::Channel { channel } => redis::Target::Channel { name: channel.clone() },
    };
    let redis = redis::Redis::new(&settings.url.expose().to_owned().into(), target);
    let redis = redis.map_err(Error::Conflict)?;
    Ok(if app.allows_private_redis { redis } else { redis.at_a_public_address() })
}

/// That nobody can read a channel's secrets any more.
pub fn unsealable() -> Error {
    Error::Conflict(
        "The channel's secrets were sealed with another SECRET_KEY_BASE. PUT the document again, \
         with the passwords in it."
            .to_owned(),
    )
}
