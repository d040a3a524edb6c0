//! `stakeholders`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::ask::Sure;
use super::{Group, Session, end, note, print};
use crate::client::{Failure, Named, Request, Result, stakeholder};
use crate::commands::table::{self, Column};

/// What to do with stakeholders. Each is named by its name or id.
#[derive(Debug, clap::Subcommand)]
pub enum Stakeholders {
    /// Lists the stakeholders
    List,
    /// Shows a stakeholder, and how much there is of what belongs to it
    Show { stakeholder: String },
    /// Adds a stakeholder: its role and schema, and a password that is shown once
    Add {
        /// Letters, digits and _
        name: String,
    },
    /// Calls a stakeholder, its role and its schema differently; its password stays
    Rename { stakeholder: String, name: String },
    /// Removes a stakeholder and ends its sessions. What it made stays, unless it is said otherwise
    Remove {
        stakeholder: String,
        /// Drops its schema with all that is in it or depends on it
        #[arg(long, conflicts_with = "reassign_to")]
        drop_objects: bool,
        /// Gives what it made to another stakeholder
        #[arg(long, value_name = "NAME")]
        reassign_to: Option<String>,
        #[command(flatten)]
        sure: Sure,
    },
}

const COLUMNS: &[Column] = &[("ID", "/id"), ("NAME", "/name")];

const ALL: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("SCHEMA", "/name"),
    ("CLAIMS", "/claims"),
    ("CHANNELS", "/channels"),
    ("LOGINS", "/logins"),
    ("SESSIONS", "/sessions"),
];

const MADE: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("USERNAME", "/credentials/username"),
    ("PASSWORD", "/credentials/password"),
    ("URI", "/credentials/uri"),
];

pub async fn run(options: Group<Stakeholders>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Stakeholders>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Stakeholders::List => {
            let answer = session.server.send(Request::get("/stakeholders")).await?;
            session.list(&answer, COLUMNS)?;
        }
        Stakeholders::Show { stakeholder } => {
            let path = path(&session, stakeholder).await?;
            let answer = session.server.send(Request::get(path)).await?;
            if session.is_json {
                print(&answer.text()?)?;
            } else {
                print(&table::fields(ALL, &whole(&session, answer.value()?).await?))?;
            }
        }
        Stakeholders::Add { name } => {
            let body = json!({ "stakeholder": { "name": name } });
            let answer = session.server.send(Request::issue("/stakeholders", body)).await?;
            session.tell(&answer, |made| table::fields(MADE, made))?;
            note("The password is shown only this once.");
        }
        Stakeholders::Rename { stakeholder, name } => {
            let path = path(&session, stakeholder).await?;
            let before: Named = session.server.send(Request::get(&path)).await?.data()?;
            let body = json!({ "stakeholder": { "name": name } });
            let answer = session.server.send(Request::put(path, body)).await?;
            session.tell(&answer, |one| {
                format!("Renamed {} to {}.", before.name, one["name"].as_str().unwrap_or(name))
            })?;
        }
        Stakeholders::Remove { stakeholder, drop_objects, reassign_to, sure } => {
            let path = path(&session, stakeholder).await?;
            let removed: Named = session.server.send(Request::get(&path)).await?.data()?;
            let stakeholder = &removed.name;
            let what = if *drop_objects { ", with everything in its schema" } else { "" };
            sure.confirm(&format!(
                "Remove the stakeholder {stakeholder} and end its sessions{what}?"
            ))?;
            let mut request = Request::delete(path).query_if("reassign_to", reassign_to.as_ref());
            if *drop_objects {
                request = request.query("objects", &"drop");
            }
            let answer = session.server.send(request).await?;
            if answer.status == 204 {
                session.done(&format!("Removed {stakeholder}."))?;
            } else {
                session.tell(&answer, |data| kept(stakeholder, &data["kept"]))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A stakeholder with how much of everything it has; nothing where the caller may not know.
async fn whole(session: &Session, mut one: Value) -> Result<Value> {
    let base = format!("/stakeholders/{}", one["id"]);
    let number = |list: &Value| list.as_array().map(Vec::len);
    let claims = of_it(session, format!("{base}/claims")).await?;
    let channels = of_it(session, format!("{base}/notifications/status")).await?;
    let logins = of_it(session, format!("{base}/credentials")).await?;
    let sessions = logins
        .as_array()
        .map(|all| all.iter().filter_map(|login| login["sessions"].as_u64()).sum::<u64>());
    one["claims"] = json!(number(&claims["match"]));
    one["channels"] = json!(number(&channels["channels"]));
    one["logins"] = json!(number(&logins));
    one["sessions"] = json!(sessions);
    Ok(one)
}

async fn of_it(session: &Session, path: String) -> Result<Value> {
    match session.server.send(Request::get(path)).await {
        Err(Failure::Refused { status: 403 | 404, .. }) => Ok(Value::Null),
        outcome => outcome?.value(),
    }
}

async fn path(session: &Session, given: &str) -> Result<String> {
    Ok(format!("/stakeholders/{}", stakeholder(&session.server, given).await?.id))
}

fn kept(stakeholder: &str, kept: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let objects = kept["objects"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let objects: String = objects.flat_map(|object| ["\n  ", object]).collect();
    format!(
        "Removed {stakeholder}. This stayed in the schema {}, and belongs to {} now:{objects}",
        text(&kept["schema"]),
        text(&kept["owner"])
    )
}
