//! What can go wrong, and with which exit status the program then ends.

use serde_json::{Value, json};

/// Why a command did not do what it was told.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for can't be: nothing was sent, or nothing came of it.
    Wrong(String),
    /// Nobody is logged in, or no longer.
    NotLoggedIn(String),
    /// The server can't be reached.
    Unreachable(String),
    /// The server refused: its status, and what it says under `errors`.
    Refused { status: u16, errors: Value },
    /// What answers is no server of ours, or one that is broken.
    Unreadable(String),
    /// Nobody takes what is printed.
    Unheard,
}

/// The exit statuses, as `docs/client.md` has them. 1 is an answer, and no failure.
const REFUSED: u8 = 2;
const NOT_ALLOWED: u8 = 3;
const NOT_NOW: u8 = 4;
const BROKEN: u8 = 5;
const OVERTAKEN: u8 = 6;

impl Failure {
    /// What is wrong with what was asked for.
    pub fn wrong(why: impl Into<String>) -> Self {
        Self::Wrong(why.into())
    }

    /// The exit status that says so.
    pub fn status(&self) -> u8 {
        match self {
            Self::Wrong(_) | Self::Unheard => REFUSED,
            Self::NotLoggedIn(_) => NOT_ALLOWED,
            Self::Unreachable(_) => NOT_NOW,
            Self::Unreadable(_) => BROKEN,
            Self::Refused { status, .. } => match status {
                401 | 403 => NOT_ALLOWED,
                412 => OVERTAKEN,
                429 | 503 => NOT_NOW,
                500.. => BROKEN,
                _ => REFUSED,
            },
        }
    }

    /// For people: a line for each thing that is wrong.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Wrong(why)
            | Self::NotLoggedIn(why)
            | Self::Unreachable(why)
            | Self::Unreadable(why) => vec![why.clone()],
            Self::Unheard => Vec::new(),
            Self::Refused { status, errors } => refusal(*status, errors),
        }
    }

    /// For programs: the same shape that the API has.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Refused { errors, .. } => json!({ "errors": errors }),
            other => json!({ "errors": { "detail": other.lines().join("\n") } }),
        }
    }

    /// The faults of a document, `(message, pointer)`, if that is why it was refused.
    pub fn faults(&self) -> Option<Vec<(String, String)>> {
        let Self::Refused { status: 422, errors } = self else { return None };
        let faults = errors["detail"].as_array()?.iter().map(|fault| {
            let part = |index: usize| fault[index].as_str().unwrap_or_default().to_owned();
            (part(0), part(1))
        });
        Some(faults.collect())
    }
}

/// What the API says under `errors`: a detail, a list of faults, or messages by field.
fn refusal(status: u16, errors: &Value) -> Vec<String> {
    let Some(members) = errors.as_object() else { return vec![format!("status {status}")] };
    let mut lines = Vec::new();
    for (field, messages) in members {
        match (field.as_str(), messages) {
            ("detail", Value::String(detail)) => lines.push(detail.clone()),
            ("detail", Value::Array(faults)) => lines.extend(faults.iter().map(fault)),
            // The same as under `detail`, as a tree.
            ("claims", _) if members.contains_key("detail") => {}
            (field, Value::Array(messages)) => {
                lines.extend(messages.iter().map(|message| format!("{field} {}", text(message))));
            }
            (field, other) => lines.push(format!("{field} {}", text(other))),
        }
    }
    lines
}

fn fault(fault: &Value) -> String {
    match (&fault[0], &fault[1]) {
        (Value::String(message), Value::String(pointer)) => format!("{pointer}: {message}"),
        _ => text(fault),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, errors: Value) -> Failure {
        Failure::Refused { status, errors }
    }

    #[test]
    fn every_shape_of_a_refusal_has_its_lines() {
        for (errors, lines) in [
            (json!({ "detail": "Not Found" }), vec!["Not Found"]),
            (
                json!({ "username": ["can't be blank"], "password": ["is short", "is known"] }),
                vec!["username can't be blank", "password is short", "password is known"],
            ),
            (
                json!({ "claims": [{}], "detail": [["no such table", "#/match/0/path"]] }),
                vec!["#/match/0/path: no such table"],
            ),
            (json!("?"), vec!["status 422"]),
        ] {
            assert_eq!(refused(422, errors).lines(), lines);
        }
    }

    #[test]
    fn statuses_fall_into_those_that_a_script_acts_on() {
        for (status, exit) in [
            (400, 2),
            (401, 3),
            (403, 3),
            (404, 2),
            (409, 2),
            (412, 6),
            (413, 2),
            (422, 2),
            (429, 4),
            (500, 5),
            (502, 5),
            (503, 4),
        ] {
            assert_eq!(refused(status, json!({})).status(), exit, "{status}");
        }
    }
}
