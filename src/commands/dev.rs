//! `dev`: a Postgres of its own and the API on it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use super::{Postgres, fail};
use crate::audit::Attribution;
use crate::auth::random_text;
use crate::config::{Mistakes, Settings};
use crate::db::connection;
use crate::embedded::{self, Cluster, Data, Provision};
use crate::error::Error;
use crate::{gate, server};

/// Where `dev` keeps things and where it listens.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder that everything is kept in between runs
    #[arg(long, value_name = "FOLDER", default_value = ".integratedb")]
    data_dir: PathBuf,
    /// Port of the API; 0 takes a free one [default: `PORT`, or 4000]
    #[arg(long)]
    port: Option<u16>,
    /// Port of Postgres; 0 takes a free one
    #[arg(long, default_value_t = 54_320)]
    postgres_port: u16,
    #[command(flatten)]
    postgres: Postgres,
}

/// The passwords of a development installation, kept beside its data.
#[derive(Debug, Serialize, Deserialize)]
struct Secrets {
    control: String,
    app: String,
    secret_key_base: String,
}

const DATABASE: &str = "app";

/// Starts Postgres, prepares a database in it, and serves until SIGTERM.
pub async fn run(options: Options) -> ExitCode {
    // Before anything is made.
    if let Some(mistakes) = mistakes(&options) {
        return fail(&mistakes);
    }
    // Open to the user that Postgres runs as, who need not be the caller.
    if let Err(error) = std::fs::create_dir_all(&options.data_dir) {
        return fail(&error);
    }
    let started = Cluster::start(embedded::Options {
        data: Data::Kept(options.data_dir.join("postgres")),
        bin_dir: options.postgres.bin_dir(),
        tcp_port: Some(options.postgres_port),
        ..Default::default()
    });
    let cluster = match started.await {
        Ok(cluster) => cluster,
        Err(error) => return fail(&error),
    };
    let outcome = serve(&cluster, &options.data_dir, options.port).await;
    let stopped = cluster.stop().await;
    match (outcome, stopped) {
        (Ok(()), Ok(())) => ExitCode::SUCCESS,
        (Err(error), _) => fail(&error),
        (_, Err(error)) => fail(&error),
    }
}

/// What is wrong with the settings.
pub fn mistakes(options: &Options) -> Option<Mistakes> {
    settings("postgres://localhost/app", &"-".repeat(64), options.port).err()
}

fn settings(url: &str, secret_key_base: &str, port: Option<u16>) -> Result<Settings, Mistakes> {
    Settings::of_dev(url, secret_key_base, port)
}

async fn serve(cluster: &Cluster, folder: &Path, port: Option<u16>) -> Result<(), Error> {
    let secrets = secrets(&folder.join("secrets.json")).map_err(Error::internal)?;
    let provision = Provision {
        database: DATABASE,
        control: ("integratedb_control", &secrets.control),
        owner: ("app", &secrets.app),
    };
    provision.apply(cluster).await?;
    let control = cluster.url("integratedb_control", Some(&secrets.control), DATABASE);
    let superuser = cluster.superuser_url(DATABASE);
    let settings = settings(&control, &secrets.secret_key_base, port).map_err(Error::internal)?;
    // Which takes a superuser, and not the role that the server is.
    let bound = server::bind(&Settings { enables_gate: false, ..settings.clone() }).await?;
    if settings.enables_gate {
        let mut client = connection::connect(&superuser).await?;
        Attribution::command().scope(gate::enable(&mut client)).await.0?;
    }
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let origin = format!("{scheme}://{}", bound.address);
    let owner = cluster.url("app", Some(&secrets.app), DATABASE);
    eprintln!(
        "
The page is at          {origin}/
The API is at           {origin}/api/v1
Your migrations run as  {owner}
All of it is kept in    {folder}

For gate, doctor, drift, snapshot and all else that works in the database itself:

  export DATABASE_URL='{control}'

What takes a superuser (gate disable), with  {superuser}

Start with the root user, on the page or by

  curl -X POST -H 'Content-Type: application/json' \\
    -d '{{\"user\": {{\"username\": \"root\", \"password\": \"<10 characters or more>\"}}}}' \\
    {origin}/api/v1/users

Ctrl-C stops both.
",
        folder = folder.display(),
    );
    bound.server.await.map_err(Error::internal)?;
    tracing::info!("stopped");
    Ok(())
}

fn secrets(file: &Path) -> Result<Secrets, Box<dyn std::error::Error + Send + Sync>> {
    if file.exists() {
        return Ok(serde_json::from_slice(&std::fs::read(file)?)?);
    }
    let secrets = Secrets {
        control: random_text(32),
        app: random_text(32),
        secret_key_base: random_text(64),
    };
    write_private(file, &serde_json::to_vec_pretty(&secrets)?)?;
    Ok(secrets)
}

fn write_private(file: &Path, contents: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(contents)?;
    file.sync_all()
}
