//! `plan`, `apply` and `export` through a server.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Link, complain, end, note, print, verdict};
use crate::client::{Documents, Failure, Named, Progress, Request, Result, Server};
use crate::folder::{Problem, visible};
use crate::spec::{self, Spec};
use crate::stakeholders::Stakeholder;

/// A folder, and what to do with it.
#[derive(Debug, Clone)]
pub struct Plan {
    pub folder: PathBuf,
    pub prunes: bool,
    pub is_dry_run: bool,
}

/// Says what would change, or makes it so. Exit status as without a server: of a plan,
/// 0 if nothing would change and 1 if something; 2 if the folder is wrong.
pub async fn compare(link: &Link, plan: &Plan) -> ExitCode {
    let documents = Documents::of(&plan.folder);
    for name in documents.ignored() {
        note(&format!("{} is no .json file and left out", visible(name)));
    }
    match ask(link, plan, &documents).await {
        Ok(Ok(comparison)) => end(link.json, tell(link, plan, &comparison)),
        Ok(Err(problems)) => end(link.json, refuse(link, plan, &problems)),
        Err(failure) => {
            if !link.json {
                wrong(false, true, documents.problems());
            }
            complain(link.json, &failure)
        }
    }
}

/// The comparison, or everything that is wrong in all files.
async fn ask(
    link: &Link,
    plan: &Plan,
    documents: &Documents,
) -> Result<Result<Value, Vec<Problem>>> {
    let mut problems = documents.problems().to_vec();
    if documents.is_empty() {
        return Ok(Err(problems));
    }
    let server = link.open()?;
    // Where a file is wrong, the server is only asked what else is.
    let is_dry_run = plan.is_dry_run || !problems.is_empty();
    let path = if is_dry_run { "/claims/plan" } else { "/claims/apply" };
    let mut progress = Progress::new();
    progress.say(if is_dry_run { "Comparing …" } else { "Applying …" });
    let answer = server.send(Request::post(path, documents.body(plan.prunes))).await;
    drop(progress);
    match answer {
        Ok(answer) if problems.is_empty() => return Ok(Ok(answer.value()?)),
        Ok(_) => {}
        Err(failure) => match failure.faults() {
            Some(faults) => problems.extend(documents.locate(faults)),
            None => return Err(failure),
        },
    }
    problems.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(Err(problems))
}

fn tell(link: &Link, plan: &Plan, comparison: &Value) -> Result<ExitCode> {
    if link.json {
        print(&format!("{comparison:#}"))?;
    } else {
        let lines = comparison["lines"].as_array().into_iter().flatten();
        let lines: Vec<&str> = lines.filter_map(Value::as_str).collect();
        print(&lines.join("\n"))?;
    }
    let is_change = comparison["is_change"] == json!(true);
    Ok(verdict(!plan.is_dry_run || !is_change))
}

fn refuse(link: &Link, plan: &Plan, problems: &[Problem]) -> Result<ExitCode> {
    if link.json {
        let comparison = json!({
            "is_change": false, "is_applied": false, "stakeholders": [], "problems": problems,
            "lines": [],
        });
        print(&format!("{comparison:#}"))?;
    }
    Ok(wrong(link.json, plan.is_dry_run, problems))
}

/// Says everything that is wrong with a folder. Exit status 2.
pub fn wrong(is_json: bool, is_dry_run: bool, problems: &[Problem]) -> ExitCode {
    let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if !is_dry_run {
        lines.push("nothing was changed".to_owned());
    }
    if is_json {
        return complain(true, &Failure::wrong(lines.join("\n")));
    }
    for line in &lines {
        note(line);
    }
    ExitCode::from(2)
}

/// Every stakeholder with its document.
pub async fn documents(server: &Server) -> Result<Vec<(Stakeholder, Spec)>> {
    let all: Vec<Named> = server.send(Request::get("/stakeholders")).await?.data()?;
    let mut documents = Vec::with_capacity(all.len());
    let mut progress = Progress::new();
    for (done, Named { id, name }) in all.into_iter().enumerate() {
        progress.say(&format!("Read {done} documents …"));
        let path = format!("/stakeholders/{id}/claims");
        let document = server.send(Request::get(path)).await?.value()?;
        let (spec, _) = spec::parse(&document).map_err(|faults| {
            Failure::Unreadable(format!("The document of {name} can't be read: {faults:?}"))
        })?;
        documents.push((Stakeholder { id, name }, spec));
    }
    Ok(documents)
}

/// Every stakeholder with its document, or the exit status that says why not.
pub async fn export(link: &Link) -> Result<Vec<(Stakeholder, Spec)>, ExitCode> {
    let documents = async { documents(&link.open()?).await };
    documents.await.map_err(|failure| complain(link.json, &failure))
}
