//! `dev`: a Postgres of its own and the API on it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Postgres, fail};
use crate::auth::random_text;
use crate::config::Settings;
use crate::embedded::{self, Cluster, Data, Provision};
use crate::error::Error;
use crate::server;

/// Where `dev` keeps things and where it listens.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder that everything is kept in between runs
    #[arg(long, value_name = "FOLDER", default_value = ".integratedb")]
    data_dir: PathBuf,
    /// Port of the API; 0 takes a free one
    #[arg(long, default_value_t = 4000)]
    port: u16,
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

async fn serve(cluster: &Cluster, folder: &Path, port: u16) -> Result<(), Error> {
    let secrets = secrets(&folder.join("secrets.json")).map_err(Error::internal)?;
    let provision = Provision {
        database: DATABASE,
        control: ("integratedb_control", &secrets.control),
        owner: ("app", &secrets.app),
    };
    provision.apply(cluster).await?;
    let control = cluster.url("integratedb_control", Some(&secrets.control), DATABASE);
    let bound = server::bind(&Settings {
        port,
        shutdown_timeout: Duration::from_secs(5),
        allows_private: true,
        ..Settings::standard(&control, &secrets.secret_key_base).map_err(Error::internal)?
    })
    .await?;
    let owner = cluster.url("app", Some(&secrets.app), DATABASE);
    eprintln!(
        "
The page is at          http://{address}/
The API is at           http://{address}/api/v1
Your migrations run as  {owner}
All of it is kept in    {folder}

Start with the root user, on the page or by

  curl -X POST -H 'Content-Type: application/json' \\
    -d '{{\"user\": {{\"username\": \"root\", \"password\": \"<10 characters or more>\"}}}}' \\
    http://{address}/api/v1/users

Ctrl-C stops both.
",
        address = bound.address,
        folder = folder.display(),
    );
    bound.server.await.map_err(Error::internal)
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
