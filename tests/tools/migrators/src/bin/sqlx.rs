//! What `sqlx migrate run` does and prints.

use std::path::Path;
use std::process::ExitCode;

use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = migrate().await else { return ExitCode::SUCCESS };
    println!("error: {error}");
    ExitCode::FAILURE
}

async fn migrate() -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&std::env::var("DATABASE_URL")?).await?;
    Migrator::new(Path::new("migrations")).await?.run(&mut connection).await?;
    Ok(())
}
