//! `keys`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::ask::Sure;
use super::users::ROLES;
use super::{Group, Session, end, note};
use crate::client::{Request, Result, one_of, stakeholder};
use crate::commands::table::{self, Column};

/// What to do with API keys.
#[derive(Debug, clap::Subcommand)]
pub enum Keys {
    /// Lists the keys, and when each was used last
    List,
    /// Adds a key, which is shown once
    Add {
        /// What it is for
        name: String,
        /// What it may do
        #[arg(long, value_parser = ROLES, required_unless_present = "stakeholder")]
        role: Option<String>,
        /// Lets it do what concerns this stakeholder, and nothing else
        #[arg(long, value_name = "NAME", conflicts_with = "role")]
        stakeholder: Option<String>,
        /// For how long it is good; without it, until it is revoked, or the key that makes it ends
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<i64>,
    },
    /// Ends a key at once
    Revoke {
        /// Its name or id
        key: String,
        #[command(flatten)]
        sure: Sure,
    },
}

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("ROLE", "/role"),
    ("STAKEHOLDER", "/stakeholder_id"),
    ("INSERTED AT", "/inserted_at"),
    ("EXPIRES AT", "/expires_at"),
    ("LAST USED AT", "/last_used_at"),
];

const MADE: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("ROLE", "/role"),
    ("STAKEHOLDER", "/stakeholder_id"),
    ("EXPIRES AT", "/expires_at"),
    ("KEY", "/key"),
];

pub async fn run(options: Group<Keys>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Keys>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Keys::List => {
            let answer = session.server.send(Request::get("/keys")).await?;
            session.list(&answer, COLUMNS)?;
        }
        Keys::Add { name, role, stakeholder: whose, expires_in_days } => {
            let mut key = json!({ "name": name });
            if let Some(role) = role {
                key["role"] = json!(role);
            }
            if let Some(whose) = whose {
                key["stakeholder_id"] = json!(stakeholder(&session.server, whose).await?.id);
            }
            if let Some(days) = expires_in_days {
                key["expires_in_days"] = json!(days);
            }
            let request = Request::issue("/keys", json!({ "key": key }));
            let answer = session.server.send(request).await?;
            session.tell(&answer, |made| table::fields(MADE, made))?;
            note("The key is shown only this once.");
        }
        Keys::Revoke { key, sure } => {
            let keys: Vec<Value> = session.server.send(Request::get("/keys")).await?.data()?;
            let revoked = one_of(&keys, &["name"], "key", key)?;
            let (id, key) = (&revoked["id"], revoked["name"].as_str().unwrap_or(key));
            sure.confirm(&format!("Revoke the key {key} (id {id}) and end what it opened?"))?;
            session.server.send(Request::delete(format!("/keys/{id}"))).await?;
            session.done(&format!("Revoked the key {key}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
