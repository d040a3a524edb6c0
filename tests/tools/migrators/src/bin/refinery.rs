//! What `refinery migrate` does and prints.

use refinery::{Runner, load_sql_migrations};
use tokio_postgres::NoTls;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL")?;
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    Runner::new(&load_sql_migrations("migrations")?).run_async(&mut client).await?;
    Ok(())
}
