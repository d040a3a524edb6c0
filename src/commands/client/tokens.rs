//! `tokens`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::ask::Sure;
use super::{Group, Session, end, note};
use crate::client::{Request, Result, one_of, stakeholder};
use crate::commands::table::{self, Column};

/// What to do with the tokens that an application opens streams with. Its stakeholder is
/// named by its name or id.
#[derive(Debug, clap::Subcommand)]
pub enum Tokens {
    /// Lists the tokens, and when each was used last
    List { stakeholder: String },
    /// Adds a token, which is shown once
    Add {
        stakeholder: String,
        /// What it is for
        name: String,
        /// For how long it is good; without it, until it is revoked, or the key that makes it ends
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<i64>,
    },
    /// Ends a token, and the streams that it opened
    Revoke {
        stakeholder: String,
        /// Its name or id
        token: String,
        #[command(flatten)]
        sure: Sure,
    },
}

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("INSERTED AT", "/inserted_at"),
    ("EXPIRES AT", "/expires_at"),
    ("LAST USED AT", "/last_used_at"),
];

const MADE: &[Column] =
    &[("ID", "/id"), ("NAME", "/name"), ("EXPIRES AT", "/expires_at"), ("TOKEN", "/token")];

pub async fn run(options: Group<Tokens>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Tokens>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Tokens::List { stakeholder } => {
            let path = path(&session, stakeholder).await?;
            session.list(&session.server.send(Request::get(path)).await?, COLUMNS)?;
        }
        Tokens::Add { stakeholder, name, expires_in_days } => {
            let mut token = json!({ "name": name });
            if let Some(days) = expires_in_days {
                token["expires_in_days"] = json!(days);
            }
            let path = path(&session, stakeholder).await?;
            let request = Request::issue(path, json!({ "token": token }));
            let answer = session.server.send(request).await?;
            session.tell(&answer, |made| table::fields(MADE, made))?;
            note("The token is shown only this once.");
        }
        Tokens::Revoke { stakeholder, token, sure } => {
            let path = path(&session, stakeholder).await?;
            let tokens: Vec<Value> = session.server.send(Request::get(&path)).await?.data()?;
            let revoked = one_of(&tokens, &["name"], "token", token)?;
            let (id, token) = (&revoked["id"], revoked["name"].as_str().unwrap_or(token));
            sure.confirm(&format!(
                "Revoke the token {token} (id {id}) of {stakeholder} and end its streams?"
            ))?;
            session.server.send(Request::delete(format!("{path}/{id}"))).await?;
            session.done(&format!("Revoked the token {token} of {stakeholder}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn path(session: &Session, given: &str) -> Result<String> {
    let id = stakeholder(&session.server, given).await?.id;
    Ok(format!("/stakeholders/{id}/tokens"))
}
