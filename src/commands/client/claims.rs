//! `claims`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Group, Plan, Session, ask, edit, effect, end, note, print, verdict};
use crate::client::{Answer, Failure, Request, Result, stakeholder};

/// What to do with claims. A stakeholder is named by its name or id.
#[derive(Debug, clap::Subcommand)]
pub enum Claims {
    /// Prints the document of a stakeholder
    Get { stakeholder: String },
    /// Makes a file the document of a stakeholder
    Set {
        stakeholder: String,
        /// A file with the document, or - for standard input
        file: PathBuf,
        /// Only says what would change; exits with 0 if nothing, 1 if something
        #[arg(long)]
        dry_run: bool,
    },
    /// Opens the document in an editor (`VISUAL`, `EDITOR`) and saves what is written there
    Edit {
        stakeholder: String,
        /// Saves without asking whether the effect is what was meant
        #[arg(long)]
        yes: bool,
    },
    /// Says what `apply` would change; exits with 0 if nothing, 1 if something
    Plan(Folder),
    /// Makes claims and grants what a folder of documents says, all of it or nothing
    Apply(Folder),
}

#[derive(Debug, clap::Args)]
pub struct Folder {
    /// Folder with a document for each stakeholder, <stakeholder>.json
    folder: PathBuf,
    /// Takes the claims of those who have no file in the folder, instead of refusing to
    #[arg(long)]
    prune: bool,
}

pub async fn run(options: Group<Claims>) -> ExitCode {
    let (folder, is_dry_run) = match &options.action {
        Claims::Plan(folder) => (folder, true),
        Claims::Apply(folder) => (folder, false),
        _ => return end(options.link.json, act(&options).await),
    };
    let plan = Plan { folder: folder.folder.clone(), prunes: folder.prune, is_dry_run };
    super::compare(&options.link, &plan).await
}

async fn act(options: &Group<Claims>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Claims::Get { stakeholder } => {
            let answer =
                session.server.send(Request::get(path(&session, stakeholder).await?)).await?;
            session.tell(&answer, |document| format!("{document:#}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Claims::Set { stakeholder, file, dry_run } => {
            let document = read(file)?;
            let path = path(&session, stakeholder).await?;
            if *dry_run {
                return plan(&session, &path, &document).await;
            }
            let answer = session.server.send(put(&path, &document)).await?;
            saved(&session, stakeholder, &answer)?;
            Ok(ExitCode::SUCCESS)
        }
        Claims::Edit { stakeholder, yes } => {
            let path = path(&session, stakeholder).await?;
            edit::edit(&session, stakeholder, &path, *yes).await
        }
        Claims::Plan(_) | Claims::Apply(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Says what a document would change.
async fn plan(session: &Session, path: &str, document: &Value) -> Result<ExitCode> {
    let before = session.server.send(Request::get(path)).await?.value()?;
    let answer = session.server.send(put(path, document).query("dry_run", &true)).await?;
    let data = answer.value()?;
    let planned = effect::planned(&data);
    let is_change = !planned.is_empty() || data["match"] != before["match"];
    session.tell(&answer, |_| match planned.is_empty() {
        true if is_change => "The document changes, the grants stay.".to_owned(),
        true => "Nothing to do.".to_owned(),
        false => planned.join("\n"),
    })?;
    Ok(verdict(!is_change))
}

/// Says that a document is stored, and what came of it.
pub fn saved(session: &Session, stakeholder: &str, answer: &Answer) -> Result<()> {
    for line in effect::not_revoked(&answer.value()?) {
        note(&line);
    }
    if session.is_json {
        print(&answer.text()?)
    } else {
        print(&format!("Saved the claims of {stakeholder}."))
    }
}

/// The request that stores a document.
pub fn put(path: &str, document: &Value) -> Request {
    Request::put(path, json!({ "data": document }))
}

/// A document out of a file, or of standard input: what stands under `data`, or alone.
pub fn read(file: &PathBuf) -> Result<Value> {
    let (name, text) = if file.as_os_str() == "-" {
        ("standard input".to_owned(), ask::input()?)
    } else {
        let name = file.display().to_string();
        let text = fs::read_to_string(file);
        let text =
            text.map_err(|error| Failure::wrong(format!("{name}: can't be read: {error}")))?;
        (name, text)
    };
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::wrong(format!("{name}: isn't JSON: {error}")))?;
    Ok(match document {
        Value::Object(mut body) if body.len() == 1 && body.contains_key("data") => {
            body.remove("data").unwrap_or_default()
        }
        document => document,
    })
}

async fn path(session: &Session, given: &str) -> Result<String> {
    let id = stakeholder(&session.server, given).await?.id;
    Ok(format!("/stakeholders/{id}/claims"))
}
