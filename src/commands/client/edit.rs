//! The story of `claims edit`: what was written is tried before it is saved, comes back
//! with what is wrong with it, and is never lost.

use std::cell::{Cell, RefCell};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use rand::RngExt;
use serde_json::Value;

use super::claims::{put, saved};
use super::{Session, ask, effect, note, print};
use crate::client::{Answer, Failure, Request, Result};
use crate::config;

/// What begins a line that isn't part of the document.
const COMMENT: &str = "# ";

/// Lets a document be edited until it can be saved, or whoever edits gives up.
pub async fn edit(
    session: &Session,
    stakeholder: &str,
    path: &str,
    is_sure: bool,
) -> Result<ExitCode> {
    let before = session.server.send(Request::get(path)).await?;
    let document = before.value()?;
    let draft = Draft::of(stakeholder, &format!("{document:#}\n"))?;
    let outcome = rounds(session, stakeholder, path, is_sure, &before, &draft).await;
    outcome.map_err(|failure| draft.kept(failure, "Nothing was saved."))
}

/// One round after the other, until there is nothing more to do with the draft.
async fn rounds(
    session: &Session,
    stakeholder: &str,
    path: &str,
    is_sure: bool,
    before: &Answer,
    draft: &Draft,
) -> Result<ExitCode> {
    let document = before.value()?;
    let mut remarks = Vec::new();
    loop {
        let offered = draft.offer(&remarks)?;
        let written = draft.edited()?;
        let text = without_comments(&written);
        if !remarks.is_empty() && text == offered {
            let why = remarks.join("\n");
            return Err(draft.kept(Failure::wrong(why), "Nothing was changed."));
        }
        let wanted = match serde_json::from_str::<Value>(&text) {
            Ok(wanted) if wanted == document => {
                draft.is_done();
                session.done("Nothing to change.")?;
                return Ok(ExitCode::SUCCESS);
            }
            Ok(wanted) => wanted,
            Err(error) => {
                remarks = vec![format!("It isn't JSON: {error}")];
                continue;
            }
        };
        let tried = session.server.send(put(path, &wanted).query("dry_run", &true)).await;
        let effect = match tried {
            Ok(answer) => effect::planned(&answer.value()?),
            Err(Failure::Refused { status: 422, errors }) => {
                remarks = Failure::Refused { status: 422, errors }.lines();
                continue;
            }
            Err(failure) => return Err(failure),
        };
        match agree(session, &effect, is_sure)? {
            Answered::Yes => {}
            Answered::Again => {
                remarks.clear();
                continue;
            }
            Answered::No => {
                return Err(draft.kept(Failure::wrong("Nothing was saved."), ""));
            }
        }
        let answer = save(session, path, before, &wanted).await?;
        draft.is_done();
        saved(session, stakeholder, &answer)?;
        return Ok(ExitCode::SUCCESS);
    }
}

enum Answered {
    Yes,
    No,
    Again,
}

/// Shows what it would do and asks whether that is meant, if there is anybody to ask.
fn agree(session: &Session, effect: &[String], is_sure: bool) -> Result<Answered> {
    let lines = match effect {
        [] => "The grants stay as they are.".to_owned(),
        lines => lines.join("\n"),
    };
    if !session.is_json {
        print(&lines)?;
    }
    if is_sure || !ask::is_somebody_there() {
        return Ok(Answered::Yes);
    }
    Ok(match ask::line("Save it? [Y/n/e to edit on] ")?.to_lowercase().as_str() {
        "" | "y" | "yes" => Answered::Yes,
        "e" | "edit" => Answered::Again,
        _ => Answered::No,
    })
}

/// Saves it, if nobody else has changed it since it was read. A server that doesn't say
/// what state it was in is asked again, which leaves a moment in between.
async fn save(session: &Session, path: &str, before: &Answer, wanted: &Value) -> Result<Answer> {
    let overtaken = "Somebody else has changed these claims meanwhile.";
    let refused =
        || Failure::Refused { status: 412, errors: serde_json::json!({ "detail": overtaken }) };
    if before.etag.is_none() {
        let now = session.server.send(Request::get(path)).await?;
        if now.value()? != before.value()? {
            return Err(refused());
        }
    }
    let request = put(path, wanted).if_match(before.etag.as_deref());
    match session.server.send(request).await {
        Err(Failure::Refused { status: 412, .. }) => Err(refused()),
        outcome => outcome,
    }
}

/// A file that is being edited. It stays, however that ends, unless nothing in it is
/// worth keeping any more.
struct Draft {
    folder: PathBuf,
    file: PathBuf,
    text: RefCell<String>,
    state: Cell<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Whoever edits was told where it stays.
    Told,
    /// What was written is stored, or nothing was.
    Done,
}

impl Draft {
    fn of(stakeholder: &str, text: &str) -> Result<Self> {
        let number: u64 = rand::rng().random();
        let folder = std::env::temp_dir().join(format!("integratedb-{number:016x}"));
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(|error| Failure::wrong(format!("{}: {error}", folder.display())))?;
        let file = folder.join(format!("{stakeholder}.json"));
        Ok(Self { folder, file, text: RefCell::new(text.to_owned()), state: State::Open.into() })
    }

    /// Writes what is to be edited, under what is wrong with it; answers the former.
    fn offer(&self, remarks: &[String]) -> Result<String> {
        let text = self.text.borrow().clone();
        let lines = remarks.iter().flat_map(|remark| remark.lines());
        let comments: String = lines.flat_map(|line| [COMMENT, line, "\n"]).collect();
        fs::write(&self.file, comments + &text).map_err(|error| self.unusable(&error))?;
        Ok(text)
    }

    /// Lets it be edited; answers what is written there then.
    fn edited(&self) -> Result<String> {
        let editor = config::Client::from_env().editor;
        // As a shell would, since it may bring arguments of its own.
        let status = Command::new("sh")
            .args(["-c", &format!("{editor} \"$1\""), "sh"])
            .arg(&self.file)
            .status()
            .map_err(|error| Failure::wrong(format!("{editor}: {error}")))?;
        if !status.success() {
            let why = format!("The editor `{editor}` ended with {status}.");
            return Err(self.kept(Failure::wrong(why), "Nothing was changed."));
        }
        let text = fs::read_to_string(&self.file).map_err(|error| self.unusable(&error))?;
        *self.text.borrow_mut() = without_comments(&text);
        Ok(text)
    }

    /// Says where the file stays, unless that was said.
    fn kept(&self, failure: Failure, outcome: &str) -> Failure {
        if self.state.get() == State::Open {
            self.state.set(State::Told);
            note(format!("{outcome} What you wrote is in {}.", self.file.display()).trim());
        }
        failure
    }

    /// Lets the file go.
    fn is_done(&self) {
        self.state.set(State::Done);
    }

    fn unusable(&self, error: &std::io::Error) -> Failure {
        Failure::wrong(format!("{}: {error}", self.file.display()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.state.get() == State::Done {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// The document without what stands above it.
fn without_comments(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.skip_while(|line| line.starts_with('#')).collect()
}
