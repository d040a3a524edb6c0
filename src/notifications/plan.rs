//! What another document would change of what a stakeholder hears of, and how.

use serde::Serialize;
use serde_json::Value;

use crate::spec::{Channel, Notifications};

/// The changes from one document to another.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Whether there is any.
    pub is_change: bool,
    pub matches: Matches,
    pub channels: Channels,
    /// Whether other alerts are told, or by other channels.
    pub alerts_change: bool,
    /// The channels for which a signing secret would be made.
    pub new_secrets: Vec<String>,
}

/// Matches, in their terse form. One that is changed is another one.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matches {
    pub added: Vec<Value>,
    pub removed: Vec<Value>,
}

/// Channels, by their names.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Channels {
    /// They begin with what happens from then on.
    pub added: Vec<String>,
    /// With their positions and their dead letters.
    pub removed: Vec<String>,
    /// They go on where they are, with other settings.
    pub changed: Vec<String>,
}

impl Plan {
    /// What leads from one document to another, both with the passwords of their channels.
    pub fn between(
        before: &Notifications,
        after: &Notifications,
        new_secrets: Vec<String>,
    ) -> Self {
        let (old, new) = (matches(before), matches(after));
        let mut plan = Self {
            is_change: false,
            matches: Matches { added: without(&new, &old), removed: without(&old, &new) },
            channels: Channels::between(&before.channels, &after.channels),
            alerts_change: before.alerts != after.alerts,
            new_secrets,
        };
        // The order of matches is part of the document too: a backfill names one by its number.
        plan.is_change = plan.channels != Channels::default()
            || plan.alerts_change
            || !plan.new_secrets.is_empty()
            || old != new;
        plan
    }
}

impl Channels {
    fn between(before: &[Channel], after: &[Channel]) -> Self {
        let named = |channels: &[Channel], name: &str| {
            channels.iter().find(|channel| channel.name == name).cloned()
        };
        let mut plan = Self::default();
        for channel in after {
            match named(before, &channel.name) {
                None => plan.added.push(channel.name.clone()),
                Some(known) if known != *channel => plan.changed.push(channel.name.clone()),
                Some(_) => {}
            }
        }
        let gone = before.iter().filter(|channel| named(after, &channel.name).is_none());
        plan.removed = gone.map(|channel| channel.name.clone()).collect();
        plan
    }
}

fn matches(document: &Notifications) -> Vec<Value> {
    match document.spec.terse()["match"].take() {
        Value::Array(matches) => matches,
        one => vec![one],
    }
}

/// What is in a list more often than in another.
fn without(list: &[Value], other: &[Value]) -> Vec<Value> {
    let mut rest = other.to_vec();
    let is_new = |one: &&Value| match rest.iter().position(|known| known == *one) {
        Some(no) => {
            rest.swap_remove(no);
            false
        }
        None => true,
    };
    list.iter().filter(is_new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::parse_notifications;

    fn document(tables: &[&str], channels: &Value) -> Notifications {
        let listening = |table: &&str| json!({ "path": format!("public.{table}"), "events": ["*"], "channels": ["*"] });
        let matches: Vec<Value> = tables.iter().map(listening).collect();
        parse_notifications(&json!({ "match": matches, "channels": channels })).unwrap().0
    }

    #[test]
    fn what_is_in_one_document_only_is_added_or_removed() {
        let hook = |url: &str| json!({ "type": "WEBHOOK", "url": url });
        let socket = json!({ "type": "SOCKET" });
        let before =
            document(&["a", "b", "b"], &json!([hook("https://one.example"), socket.clone()]));
        let named = json!({ "type": "SOCKET", "name": "live" });
        let after = document(&["b", "c"], &json!([hook("https://two.example"), named]));
        let plan = Plan::between(&before, &after, vec!["WEBHOOK".to_owned()]);
        let paths = |matches: &[Value]| {
            matches.iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(plan.is_change);
        assert_eq!(paths(&plan.matches.added), ["public.c"]);
        assert_eq!(paths(&plan.matches.removed), ["public.a", "public.b"]);
        let channels = Channels {
            added: vec!["live".to_owned()],
            removed: vec!["SOCKET".to_owned()],
            changed: vec!["WEBHOOK".to_owned()],
        };
        assert_eq!(plan.channels, channels);
    }

    #[test]
    fn the_same_document_changes_nothing_and_another_order_does() {
        let socket = json!([{ "type": "SOCKET" }]);
        let before = document(&["a", "b"], &socket);
        assert_eq!(Plan::between(&before, &before, Vec::new()), Plan::default());
        let plan = Plan::between(&before, &document(&["b", "a"], &socket), Vec::new());
        assert_eq!(plan, Plan { is_change: true, ..Plan::default() });
    }
}
