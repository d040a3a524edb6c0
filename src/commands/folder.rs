//! `plan`, `apply` and `export`: claims as code.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use secrecy::ExposeSecret;

use super::client::{self, Link, Plan};
use super::fail_as;
use crate::audit::{self, Attribution};
use crate::claims::{self, Turns};
use crate::config::{Changes, Database, Mistakes};
use crate::db::{self, connection};
use crate::error::Result;
use crate::folder::{self, Comparison, Wish, Written};
use crate::spec::Spec;
use crate::stakeholders::Stakeholder;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder with a document for each stakeholder, <stakeholder>.json
    #[arg(short, long, value_name = "FOLDER")]
    folder: PathBuf,
    /// Takes the claims of those who have no file in the folder, instead of refusing to
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    link: Link,
}

#[derive(Debug, clap::Args)]
pub struct ExportOptions {
    /// Folder to write <stakeholder>.json into; it is made if it isn't there
    #[arg(short, long, value_name = "FOLDER")]
    folder: PathBuf,
    /// Removes the documents of stakeholders that aren't there
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    link: Link,
}

/// Says what would change. Exit status 0: nothing; 1: something; 2: the folder is
/// wrong, or it could not be found out.
pub async fn plan(options: Options) -> ExitCode {
    if options.link.is_of_server() {
        return through_server(&options, true).await;
    }
    match compare(&options, true).await {
        Ok(comparison) => ExitCode::from(u8::from(comparison.is_change())),
        Err(status) => status,
    }
}

/// Makes it so. Exit status 2: nothing was changed.
pub async fn apply(options: Options) -> ExitCode {
    if options.link.is_of_server() {
        return through_server(&options, false).await;
    }
    match compare(&options, false).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(status) => status,
    }
}

/// Writes the folder. Exit status 2: something could not be written.
pub async fn export(options: ExportOptions) -> ExitCode {
    let documents = if options.link.is_of_server() {
        client::export(&options.link).await
    } else {
        documents(&options.link).await
    };
    let documents = match documents {
        Ok(documents) => documents,
        Err(status) => return status,
    };
    match folder::write(&options.folder, &documents, options.prune) {
        Ok(written) => tell(&written, options.prune),
        Err(problems) => client::wrong(options.link.json, true, &problems),
    }
}

/// Says that there is no database, and that a server would do.
fn lacking(link: &Link, mistakes: &Mistakes) -> ExitCode {
    let status = fail_as(link.json, mistakes);
    client::hint(link);
    status
}

async fn through_server(options: &Options, is_dry_run: bool) -> ExitCode {
    let plan = Plan { folder: options.folder.clone(), prunes: options.prune, is_dry_run };
    client::compare(&options.link, &plan).await
}

/// Compares, and prints what came out; `Err` if anything is wrong.
async fn compare(options: &Options, is_dry_run: bool) -> Result<Comparison, ExitCode> {
    let is_json = options.link.json;
    let settings = Changes::from_env().map_err(|mistakes| lacking(&options.link, &mistakes))?;
    let folder = folder::read(&options.folder);
    for name in &folder.ignored {
        eprintln!("integratedb: {} is no .json file and left out", folder::visible(name));
    }
    let wish = Wish { is_dry_run, prunes: options.prune };
    let comparison = async {
        // As if nobody had a file: mostly a wrong path, of which nothing else follows.
        if folder.files.is_empty() {
            return Ok(Comparison { problems: folder.problems.clone(), ..Comparison::default() });
        }
        let pool = db::pool(&settings.database)?;
        let mut client = pool.get().await?;
        db::require_learned(&**client).await?;
        let patience = (&Turns::default(), settings.lock_timeout);
        let applied = folder::apply(&mut client, &folder, wish, patience);
        let (outcome, has_recorded) = Attribution::command().scope(applied).await;
        drop(client);
        if has_recorded {
            audit::seal_if_possible(&pool).await;
        }
        outcome
    };
    let comparison = comparison.await.map_err(|error| {
        if !is_json {
            client::wrong(false, true, &folder.problems);
        }
        let url = settings.database.url.expose_secret();
        fail_as(is_json, &connection::at(url, error))
    })?;
    let is_right = comparison.problems.is_empty();
    if is_json {
        print(&[format!("{:#}", comparison.to_json())])?;
    } else if is_right {
        print(&comparison.lines())?;
    }
    if is_right {
        return Ok(comparison);
    }
    Err(client::wrong(is_json, is_dry_run, &comparison.problems))
}

/// Every stakeholder with its document.
async fn documents(link: &Link) -> Result<Vec<(Stakeholder, Spec)>, ExitCode> {
    let settings = Database::from_env().map_err(|mistakes| lacking(link, &mistakes))?;
    let documents = async {
        let pool = db::pool(&settings)?;
        let client = pool.get().await?;
        db::require_learned(&**client).await?;
        claims::store::specs(&client).await
    };
    let at = |error| connection::at(settings.url.expose_secret(), error);
    documents.await.map_err(|error| fail_as(link.json, &at(error)))
}

fn tell(written: &Written, is_pruned: bool) -> ExitCode {
    let file = |verb: &'static str| {
        move |path: &PathBuf| folder::visible(&format!("{verb} {}", path.display()))
    };
    let mut lines: Vec<String> = written.files.iter().map(file("wrote")).collect();
    let verb = if is_pruned { "removed" } else { "no such stakeholder (--prune removes it):" };
    lines.extend(written.strangers.iter().map(file(verb)));
    lines.push(format!("Wrote {}; {} said the same.", written.files.len(), written.unchanged));
    print(&lines).err().unwrap_or(ExitCode::SUCCESS)
}

fn print(lines: &[String]) -> Result<(), ExitCode> {
    let mut out = std::io::stdout().lock();
    let outcome = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
    outcome.map_err(|_| ExitCode::from(2))
}
