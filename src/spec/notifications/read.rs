//! The reading of a notification document into its full form.

use serde_json::Value;

use super::{
    Address, Alerts, Channel, ChannelSettings, Event, Events, Listens, Notifications, Redis,
    RedisTarget, Webhook,
};
use crate::spec::check::fault;
use crate::spec::condition::{Mention, Reading};
use crate::spec::parse::{self, items};
use crate::spec::{Condition, Fault, Pointers};

/// What shows in the reading of a document, beside its full form.
pub(super) struct Findings {
    /// In conditions and in URLs.
    pub(super) faults: Vec<Fault>,
    /// The columns of conditions, with the number of their match.
    pub(super) mentions: Vec<(usize, Mention)>,
}

/// Reads a document, one with faults as far as possible.
pub(super) fn read(document: &Value) -> (Notifications, Pointers, Findings) {
    let (mut spec, pointers) = parse::read(document);
    let (mut faults, mut mentions) = (Vec::new(), Vec::new());
    for (match_no, listening) in spec.matches.iter_mut().enumerate() {
        let pointer = pointers.of_match(match_no);
        let value = pointed(document, &pointer);
        let condition = value.get("where").filter(|condition| !condition.is_null());
        let condition = condition.and_then(|condition| {
            let reading = Reading::of(condition, &format!("{pointer}/where"));
            faults.extend(reading.faults);
            mentions.extend(reading.mentions.into_iter().map(|one| (match_no, one)));
            reading.condition
        });
        listening.listens = Some(read_listens(value, condition));
    }
    let channels = items(&document["channels"]).iter().enumerate().filter_map(|(no, value)| {
        let channel = read_channel(value)?;
        // Where the scheme is wrong, or it isn't even a text, the schema says so.
        let wrong = match &channel.settings {
            ChannelSettings::Webhook(Webhook { url, .. }) if url.has_scheme(["https", "http"]) => {
                url.fault_of_webhook()
            }
            ChannelSettings::Redis(Redis { url, .. }) if url.has_scheme(["rediss", "redis"]) => {
                url.fault_of_redis()
            }
            _ => None,
        };
        let wrong = wrong.map(|message| fault(message.to_owned(), &format!("#/channels/{no}/url")));
        faults.extend(wrong);
        Some(channel)
    });
    let channels = channels.collect();
    let alerts = Alerts::read(&document["alerts"]);
    (Notifications { spec, channels, alerts }, pointers, Findings { faults, mentions })
}

/// What a fault's pointer points to.
pub(super) fn pointed<'a>(document: &'a Value, pointer: &str) -> &'a Value {
    document.pointer(pointer.trim_start_matches('#')).unwrap_or(&Value::Null)
}

fn read_listens(value: &Value, condition: Option<Condition>) -> Listens {
    let events: Vec<&str> = items(&value["events"]).iter().filter_map(Value::as_str).collect();
    let is_meant = |event: &Event| events.contains(&"*") || events.contains(&event.as_str());
    Listens {
        events: Event::ALL.into_iter().filter(is_meant).collect::<Events>(),
        channels: names(&value["channels"]).into(),
        condition,
    }
}

/// The texts of an array.
pub(super) fn names(value: &Value) -> Vec<String> {
    items(value).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn read_channel(value: &Value) -> Option<Channel> {
    let text = |property: &str| value[property].as_str().map(str::to_owned);
    let number = |property: &str| parse::whole(&value[property]).and_then(|n| n.try_into().ok());
    let url = || Address::new(text("url").unwrap_or_default());
    let settings = match value["type"].as_str()? {
        "WEBHOOK" => ChannelSettings::Webhook(Webhook {
            url: url(),
            batch: number("batch").unwrap_or(Webhook::BATCH),
            concurrency: number("concurrency").unwrap_or(Webhook::CONCURRENCY),
            timeout_ms: number("timeout_ms").unwrap_or(Webhook::TIMEOUT_MS),
            max_attempts: number("max_attempts").unwrap_or(Webhook::MAX_ATTEMPTS),
        }),
        "REDIS" => {
            let target = match text("stream") {
                Some(stream) => RedisTarget::Stream { stream, maxlen: length(&value["maxlen"]) },
                None => RedisTarget::Channel { channel: text("channel").unwrap_or_default() },
            };
            ChannelSettings::Redis(Redis { url: url(), target })
        }
        "SOCKET" => ChannelSettings::Socket,
        _ => return None,
    };
    let name = text("name").unwrap_or_else(|| settings.kind().to_owned());
    Some(Channel { name, settings })
}

/// A whole number that JSON also lets one write as `10.0`, of those that it keeps
/// exactly in any way of writing.
fn length(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema bounds it"
    )]
    value.as_u64().or_else(|| value.as_f64().map(|number| number as u64))
}
