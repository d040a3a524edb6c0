//! What `diesel migration run` does and prints.

use std::process::ExitCode;

use diesel::{Connection, PgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

fn main() -> ExitCode {
    let Err(error) = migrate() else { return ExitCode::SUCCESS };
    eprintln!("Failed to run migrations: {error}");
    ExitCode::FAILURE
}

fn migrate() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = PgConnection::establish(&std::env::var("DATABASE_URL")?)?;
    connection.run_pending_migrations(FileBasedMigrations::from_path("migrations")?)?;
    Ok(())
}
