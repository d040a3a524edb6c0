//! The commands of the program.

mod audit;
mod check;
mod client;
mod demo;
mod dev;
mod doctor;
mod folder;
mod gate;
mod health;
mod insight;
mod rotate_password;
mod serve;
mod settings;
mod shell;
mod snapshot;
mod table;
mod uninstall;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use secrecy::ExposeSecret;
use tokio_postgres::Client;

use crate::client::Failure;
use crate::config::{self, Changes, Database, Listen, Mistakes, Settings};
use crate::db::{self, connection};
use crate::error::{Error, chain};
use crate::log;

/// Lets applications integrate directly through one Postgres database, safely:
/// each declares what it depends on, is granted exactly that, and no migration
/// that would break it commits.
#[derive(Debug, Parser)]
#[command(name = "integratedb", version)]
struct Arguments {
    /// File of settings, TOML with their names in lower case; variables win over it
    /// [default: `INTEGRATEDB_CONFIG`]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the database up to date, then serves the API until SIGTERM
    Serve,
    /// Brings the database up to date and stops
    Migrate,
    /// Starts a Postgres of its own, kept in a folder between runs, and serves on it
    Dev(dev::Options),
    /// Shows the main job on a throw-away Postgres; exits with 0 only if each step did what it should
    Demo(demo::Options),
    /// Says what the connected role may and may not do in its database, why that matters and what to do;
    /// exits with 0 if nothing is missing, 1 if something is, 2 if it could not find out
    Doctor(doctor::Options),
    /// Gives the role of `DATABASE_URL` another password: in the file `DATABASE_PASSWORD_FILE`, which
    /// running servers read, or prints the new URL; exits with 2 if it could not be done
    RotatePassword(rotate_password::Options),
    /// Asks a running server on this machine whether it is alive; exits with 0 if it is, 1 if not
    Health(health::Options),
    /// Makes it impossible to forget the validation of a migration
    Gate(gate::Options),
    /// Says who depends on a schema, a table or a column, and what its removal would do;
    /// exits with 0 if that would break nobody, 1 if somebody, 2 if it is neither there nor
    /// claimed, or it could not find out
    Impact(insight::ImpactOptions),
    /// Lists the claims that the database doesn't meet; exits with 0 if it meets all, 1 if not
    Unmet(insight::UnmetOptions),
    /// Says where grants, or what a stakeholder's role is, differ from the claims; exits with 0 if
    /// nowhere, 1 if somewhere
    Drift(insight::DriftOptions),
    /// Lists what became of the last migrations
    Journal(insight::JournalOptions),
    /// Says what `apply` would change; exits with 0 if nothing, 1 if something, 2 if the folder is
    /// wrong or it could not find out
    Plan(folder::Options),
    /// Makes claims and grants what a folder of documents says, all of it or nothing; exits with 0
    /// if they are, 2 if nothing was changed
    Apply(folder::Options),
    /// Writes the claims of all stakeholders into a folder, a document each
    Export(folder::ExportOptions),
    /// Prints the schema and the claims of the database, without data and secrets, for `check`
    Snapshot(snapshot::Options),
    /// Runs a migration command on a private Postgres and reports which claims it would break;
    /// exits with 0 if none, 1 if some, 2 if the command failed or it could not find out
    Check(check::Options),
    /// Logs in at a server, and keeps the login in a profile that nobody else can read
    Login(client::LoginOptions),
    /// Forgets a login
    Logout(client::LogoutOptions),
    /// Says where you are logged in, and as whom
    Whoami(client::WhoamiOptions),
    /// Lists the logins that are kept, and says which of them commands use
    Profiles(client::ProfilesOptions),
    /// Lists, adds, changes and removes users
    Users(client::Group<client::Users>),
    /// Lists, adds, renames and removes stakeholders
    Stakeholders(client::Group<client::Stakeholders>),
    /// Shows, changes, plans and applies claims
    Claims(client::Group<client::Claims>),
    /// Shows, changes and operates what stakeholders are told
    Notifications(client::Group<client::Notifications>),
    /// Lists, adds and revokes API keys
    Keys(client::Group<client::Keys>),
    /// Lists, adds and revokes the tokens that applications open streams with
    Tokens(client::Group<client::Tokens>),
    /// Lists, issues and revokes logins of stakeholders to Postgres
    Credentials(client::Group<client::Credentials>),
    /// Shows and changes what a stakeholder's sessions may take up
    Guards(client::Group<client::Guards>),
    /// Lists who did what, and verifies that nobody has changed the list
    Audit(client::Group<client::Audit>),
    /// Says what of IntegrateDB is in the database, and removes it with --yes; by default everybody
    /// may read on; exits with 0 if it did, 2 if nothing was removed
    Uninstall(uninstall::Options),
    /// Lists the settings: what each means, and its default
    Settings,
    /// Prints what makes a shell complete this program's commands and options
    Completions(shell::CompletionsOptions),
    /// Prints the manual page, or writes one for each command into a folder
    Man(shell::ManOptions),
}

impl Command {
    /// What is wrong with the settings that it reads, where something is wrong already that
    /// keeps it from reading them.
    fn mistakes(&self) -> Vec<String> {
        let outcome = match self {
            Self::Serve => Settings::from_env().err(),
            Self::Dev(options) => dev::mistakes(options),
            Self::Health(_) => Listen::from_env().err(),
            Self::Migrate
            | Self::Doctor(_)
            | Self::RotatePassword(_)
            | Self::Gate(_)
            | Self::Snapshot(_)
            | Self::Uninstall(_) => Database::from_env().err(),
            // The others speak to a server as well.
            _ if !config::Client::from_env().has_database => None,
            Self::Plan(_) | Self::Apply(_) => Changes::from_env().err(),
            Self::Impact(_)
            | Self::Unmet(_)
            | Self::Drift(_)
            | Self::Journal(_)
            | Self::Export(_)
            | Self::Audit(_) => Database::from_env().err(),
            _ => None,
        };
        outcome.map(|Mistakes(mistakes)| mistakes).unwrap_or_default()
    }
}

/// Where to find the server programs of Postgres.
#[derive(Debug, clap::Args)]
struct Postgres {
    /// Folder with initdb and postgres [default: `POSTGRES_BIN_DIR`, or the newest in the usual places]
    #[arg(long, value_name = "FOLDER")]
    postgres_bin_dir: Option<PathBuf>,
}

impl Postgres {
    fn bin_dir(&self) -> Option<PathBuf> {
        self.postgres_bin_dir.clone().or_else(config::postgres_bin_dir)
    }
}

/// Runs the command of the command line; answers its exit status.
pub async fn run() -> ExitCode {
    let matches = settings::explained(Arguments::command()).get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let warnings = match config::choose(arguments.config) {
        Ok(warnings) => warnings,
        Err(mistakes) => return fail(&mistakes),
    };
    let mut mistakes = config::mistakes();
    match config::Log::from_env() {
        Ok(_) if !mistakes.is_empty() => {}
        // The demo speaks for itself.
        Ok(_) if matches!(arguments.command, Command::Demo(_)) => {}
        Ok(settings) => log::start(&settings),
        Err(Mistakes(more)) => mistakes.extend(more),
    }
    if !mistakes.is_empty() {
        mistakes.extend(arguments.command.mistakes());
        return fail(&Mistakes(mistakes));
    }
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    match arguments.command {
        Command::Serve => serve::serve().await,
        Command::Migrate => serve::migrate().await,
        Command::Dev(options) => dev::run(options).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Doctor(options) => doctor::run(options).await,
        Command::RotatePassword(options) => rotate_password::run(options).await,
        Command::Health(options) => health::run(options).await,
        Command::Gate(options) => gate::run(options).await,
        Command::Impact(options) => insight::impact(options).await,
        Command::Unmet(options) => insight::unmet(options).await,
        Command::Drift(options) => insight::drift(options).await,
        Command::Journal(options) => insight::journal(options).await,
        Command::Plan(options) => folder::plan(options).await,
        Command::Apply(options) => folder::apply(options).await,
        Command::Export(options) => folder::export(options).await,
        Command::Snapshot(options) => snapshot::run(options).await,
        Command::Check(options) => check::run(options).await,
        Command::Login(options) => client::log_in(options).await,
        Command::Logout(options) => client::log_out(options).await,
        Command::Whoami(options) => client::whoami(options).await,
        Command::Profiles(options) => client::profiles(&options),
        Command::Users(options) => client::users(options).await,
        Command::Stakeholders(options) => client::stakeholders(options).await,
        Command::Claims(options) => client::claims(options).await,
        Command::Notifications(options) => client::notifications(options).await,
        Command::Keys(options) => client::keys(options).await,
        Command::Tokens(options) => client::tokens(options).await,
        Command::Credentials(options) => client::credentials(options).await,
        Command::Guards(options) => client::guards(options).await,
        Command::Audit(options) => client::audit(options).await,
        Command::Uninstall(options) => uninstall::run(options).await,
        Command::Settings => settings::print(),
        Command::Completions(options) => shell::completions(options),
        Command::Man(options) => shell::man(&options),
    }
}

/// Connects to the database of the settings, or says why not.
async fn connect(is_json: bool) -> Result<Client, ExitCode> {
    let database = Database::from_env().map_err(|mistakes| fail_as(is_json, &mistakes))?;
    let client = connection::connect(database.url.expose_secret()).await;
    client.map_err(|error| fail_as(is_json, &error))
}

/// The same, where something of ours must be there.
async fn connect_to_installed(is_json: bool) -> Result<Client, ExitCode> {
    let client = connect(is_json).await?;
    db::require_installation(&client).await.map_err(|error| fail_as(is_json, &error))?;
    Ok(client)
}

/// The same, where claims are held against what there is.
async fn connect_to_learned(is_json: bool) -> Result<Client, ExitCode> {
    let client = connect(is_json).await?;
    db::require_learned(&client).await.map_err(|error| fail_as(is_json, &error))?;
    Ok(client)
}

/// Says why nothing was done: the error and what led to it. Exit status 2.
fn fail(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    fail_as(false, error)
}

/// The same, to programs as a server would say it.
fn fail_as(is_json: bool, error: &(dyn std::error::Error + 'static)) -> ExitCode {
    let error = match error.downcast_ref() {
        // That it is one of ours helps nobody.
        Some(Error::Internal(source)) => source.as_ref(),
        _ => error,
    };
    if is_json {
        return client::complain(true, &Failure::wrong(chain(error)));
    }
    eprintln!("integratedb: {}", chain(error));
    ExitCode::from(2)
}
