//! `credentials`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::ask::Sure;
use super::{Group, Session, end, note};
use crate::client::{Request, Result, one_of, stakeholder};
use crate::commands::table::{self, Column};

/// What to do with a stakeholder's logins to Postgres. It is named by its name or id.
#[derive(Debug, clap::Subcommand)]
pub enum Credentials {
    /// Lists the logins
    List { stakeholder: String },
    /// Issues a further login, whose password is shown once
    Issue {
        stakeholder: String,
        /// What it is called, such as the colour of a deployment
        #[arg(long)]
        name: Option<String>,
        /// For how many days it is good; without it, until it is revoked, or the key that makes it ends
        #[arg(long, value_name = "DAYS", conflicts_with = "expires_in_minutes")]
        expires_in_days: Option<i64>,
        /// For how many minutes it is good
        #[arg(long, value_name = "MINUTES")]
        expires_in_minutes: Option<i64>,
    },
    /// Ends a login, and its sessions
    Revoke {
        stakeholder: String,
        /// Its id, name or username
        credential: String,
        #[command(flatten)]
        sure: Sure,
    },
}

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("USERNAME", "/username"),
    ("INSERTED AT", "/inserted_at"),
    ("EXPIRES AT", "/expires_at"),
    ("EXPIRED", "/is_expired"),
    ("REVOKED", "/is_revoked"),
    ("SESSIONS", "/sessions"),
];

const MADE: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("USERNAME", "/username"),
    ("PASSWORD", "/password"),
    ("EXPIRES AT", "/expires_at"),
    ("URI", "/uri"),
];

pub async fn run(options: Group<Credentials>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Credentials>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Credentials::List { stakeholder } => {
            let answer =
                session.server.send(Request::get(path(&session, stakeholder).await?)).await?;
            session.list(&answer, COLUMNS)?;
        }
        Credentials::Issue { stakeholder, name, expires_in_days, expires_in_minutes } => {
            let mut credential = json!({});
            if let Some(name) = name {
                credential["name"] = json!(name);
            }
            if let Some(days) = expires_in_days {
                credential["expires_in_days"] = json!(days);
            }
            if let Some(minutes) = expires_in_minutes {
                credential["expires_in_minutes"] = json!(minutes);
            }
            let body = json!({ "credential": credential });
            let request = Request::issue(path(&session, stakeholder).await?, body);
            let answer = session.server.send(request).await?;
            session.tell(&answer, |made| table::fields(MADE, made))?;
            note("The password is shown only this once.");
        }
        Credentials::Revoke { stakeholder, credential, sure } => {
            let path = path(&session, stakeholder).await?;
            let all: Vec<Value> = session.server.send(Request::get(&path)).await?.data()?;
            let revoked = one_of(&all, &["name", "username"], "login", credential)?;
            let (id, username) = (&revoked["id"], revoked["username"].as_str());
            let credential = revoked["name"].as_str().unwrap_or(credential);
            sure.confirm(&format!(
                "Revoke the login {credential} of {stakeholder} ({}) and end its sessions?",
                username.unwrap_or_default()
            ))?;
            session.server.send(Request::delete(format!("{path}/{id}"))).await?;
            session.done(&format!("Revoked the login {credential} of {stakeholder}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn path(session: &Session, given: &str) -> Result<String> {
    let id = stakeholder(&session.server, given).await?.id;
    Ok(format!("/stakeholders/{id}/credentials"))
}
