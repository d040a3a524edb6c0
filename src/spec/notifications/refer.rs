//! What one part of a notification document says of another: matches and alerts of
//! channels, conditions of fields.

use serde_json::Value;

use super::read::pointed;
use crate::spec::check::fault;
use crate::spec::condition::Mention;
use crate::spec::message::shown;
use crate::spec::parse::items;
use crate::spec::{Fault, Match, Pointers, Spec};

/// Finds channels of one name, and names that no channel has.
pub(super) fn channels(document: &Value, spec: &Spec, pointers: &Pointers) -> Vec<Fault> {
    let mut configured = Vec::new();
    for name in items(&document["channels"]).iter().filter_map(name) {
        if !configured.contains(&name) {
            configured.push(name);
        }
    }
    let mut faults = duplicates(&document["channels"]);
    for match_no in 0..spec.matches.len() {
        let pointer = pointers.of_match(match_no);
        let named = &pointed(document, &pointer)["channels"];
        faults.extend(unconfigured(named, &pointer, &configured));
    }
    let alerts = &document["alerts"];
    if alerts["channels"].is_array() {
        faults.extend(unconfigured(&alerts["channels"], "#/alerts", &configured));
    } else if !items(alerts).is_empty() || alerts.is_object() {
        let message = "Alerts are told through channels, and none is configured.";
        faults.extend(configured.is_empty().then(|| fault(message.to_owned(), "#/alerts")));
    }
    faults
}

/// Finds columns of conditions that can't be read.
pub(super) fn columns(spec: &Spec, mentions: &[(usize, Mention)]) -> Vec<Fault> {
    let foreign = mentions.iter().filter_map(|(match_no, mention)| {
        let listening = spec.matches.get(*match_no)?;
        (!is_among(listening, &mention.column)).then_some((listening, mention))
    });
    let faults = foreign.map(|(listening, mention)| {
        let column = shown(&Value::from(mention.column.as_str()));
        let fields = match listening.alternatives.as_slice() {
            [_] => "the fields of this match",
            _ => "the fields of each alternative",
        };
        let message = format!("The column {column} is not among {fields}.");
        fault(message, &mention.pointer)
    });
    faults.collect()
}

/// The name that a channel has or gets.
fn name(channel: &Value) -> Option<&str> {
    channel["name"].as_str().or(channel["type"].as_str())
}

fn duplicates(channels: &Value) -> Vec<Fault> {
    let mut known = Vec::new();
    let mut faults = Vec::new();
    for (no, channel) in items(channels).iter().enumerate() {
        let Some(name) = name(channel) else { continue };
        if known.contains(&name) {
            let shown = shown(&Value::from(name));
            faults.push(if channel["name"].is_string() {
                let message = format!("Another channel is called {shown} already.");
                fault(message, &format!("#/channels/{no}/name"))
            } else {
                let message =
                    format!("Another channel is called {shown} already; give this one a `name`.");
                fault(message, &format!("#/channels/{no}"))
            });
        }
        known.push(name);
    }
    faults
}

fn unconfigured(listed: &Value, of_match: &str, configured: &[&str]) -> Vec<Fault> {
    let configured_ones = match configured {
        [] => ", nor is any other".to_owned(),
        [single] => format!("; only {} is", shown(&Value::from(*single))),
        several => {
            let mut names: Vec<String> =
                several.iter().map(|name| shown(&Value::from(*name))).collect();
            let last = names.pop().unwrap_or_default();
            format!("; {} and {last} are", names.join(", "))
        }
    };
    let names = items(listed).iter().enumerate();
    let wrong = names.filter_map(|(no, name)| {
        let message = match name.as_str()? {
            "*" if configured.is_empty() => {
                "`\"*\"` means all the channels that are configured, and none is.".to_owned()
            }
            "*" => return None,
            known if configured.contains(&known) => return None,
            _ => format!("No channel {} is configured{configured_ones}.", shown(name)),
        };
        Some(fault(message, &format!("{of_match}/channels/{no}")))
    });
    wrong.collect()
}

/// Whether a column can be read whichever of the alternatives is met.
fn is_among(listening: &Match, column: &str) -> bool {
    listening.alternatives.iter().all(|alternative| {
        let mut columns = alternative.fields.iter().flat_map(|field| &field.alternatives);
        alternative.every_column || columns.any(|known| known.name == column)
    })
}
