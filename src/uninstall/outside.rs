//! What others have made that leans on the registry or the engine, such as a view of
//! theirs: it would go too, so it has to be somebody's decision.

use deadpool_postgres::GenericClient;

use crate::error::Result;

/// What leans on something of ours and is none of ours, as Postgres describes it.
pub async fn leaning(client: &impl GenericClient) -> Result<Vec<String>> {
    let rows = client.query(include_str!("outside.sql"), &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
