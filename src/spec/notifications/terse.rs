//! The terse form of a notification document.

use serde_json::{Map, Value, json};

use super::{Channel, ChannelNames, ChannelSettings, Listens, Notifications, RedisTarget, Webhook};

impl Notifications {
    /// Writes the document as the shortest that parses to it, with the passwords
    /// of its channels: see [`Notifications::masked`].
    #[must_use]
    pub fn terse(&self) -> Value {
        let mut document = self.spec.terse();
        document["channels"] = self.channels.iter().map(Channel::terse).collect();
        if let Some(alerts) = &self.alerts {
            document["alerts"] = alerts.terse();
        }
        document
    }
}

impl Listens {
    /// Adds what a match listens to, where the usage guide has it.
    pub(in crate::spec) fn add_to(&self, object: &mut Map<String, Value>) {
        let Self { events, channels, condition } = self;
        let events = if events.is_every() { json!(["*"]) } else { json!(events) };
        let channels = match channels {
            ChannelNames::Every => json!(["*"]),
            ChannelNames::Named(names) => json!(names),
        };
        let after_path = object.len().min(1);
        object.shift_insert(after_path, "events".to_owned(), events);
        object.insert("channels".to_owned(), channels);
        if let Some(condition) = condition {
            object.insert("where".to_owned(), condition.terse());
        }
    }
}

impl Channel {
    fn terse(&self) -> Value {
        let mut object = Map::new();
        let mut say = |property: &str, value: Value| {
            object.insert(property.to_owned(), value);
        };
        let kind = self.settings.kind();
        say("type", kind.into());
        if self.name != kind {
            say("name", self.name.as_str().into());
        }
        match &self.settings {
            ChannelSettings::Webhook(webhook) => {
                say("url", webhook.url.expose().into());
                for (property, value, default) in [
                    ("batch", webhook.batch, Webhook::BATCH),
                    ("concurrency", webhook.concurrency, Webhook::CONCURRENCY),
                    ("timeout_ms", webhook.timeout_ms, Webhook::TIMEOUT_MS),
                    ("max_attempts", webhook.max_attempts, Webhook::MAX_ATTEMPTS),
                ] {
                    if value != default {
                        say(property, value.into());
                    }
                }
            }
            ChannelSettings::Redis(redis) => {
                say("url", redis.url.expose().into());
                match &redis.target {
                    RedisTarget::Stream { stream, maxlen } => {
                        say("stream", stream.as_str().into());
                        if let Some(maxlen) = maxlen {
                            say("maxlen", (*maxlen).into());
                        }
                    }
                    RedisTarget::Channel { channel } => say("channel", channel.as_str().into()),
                }
            }
            ChannelSettings::Socket => {}
        }
        object.into()
    }
}
