//! What every test stands on.

mod answer;
mod app;
mod certificates;
mod cluster;
mod collector;
pub mod contract;
pub mod documents;
pub mod program;
mod receiver;
mod redis;
pub mod signals;
pub mod stream;

pub use answer::Answer;
pub use app::{PATIENCE, Stakeholder, TestApp, http};
pub use certificates::Certificates;
pub use cluster::{Database, cluster};
pub use collector::{Collector, all_told};
pub use receiver::{Receiver, Reply};
pub use redis::{RedisServer, free_port};

use tokio_postgres::SimpleQueryMessage;

/// A connection of a test.
pub type Client = tokio_postgres::Client;

/// Runs SQL that must succeed.
pub async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.simple_query(sql).await {
        panic!("{sql}\n{error}: {:?}", error.as_db_error());
    }
}

/// The first column of the rows of a query, as text.
pub async fn column(client: &Client, sql: &str) -> Vec<String> {
    let messages = match client.simple_query(sql).await {
        Ok(messages) => messages,
        Err(error) => panic!("{sql}\n{error}: {:?}", error.as_db_error()),
    };
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
        _ => None,
    });
    rows.collect()
}

/// The error that SQL must be refused with.
pub async fn refusal(client: &Client, sql: &str) -> tokio_postgres::error::DbError {
    match client.simple_query(sql).await {
        Ok(_) => panic!("not refused: {sql}"),
        Err(error) => error.as_db_error().unwrap_or_else(|| panic!("{sql}\n{error}")).clone(),
    }
}

/// Asserts that SQL is refused for want of privileges.
pub async fn may_not(client: &Client, sql: &str) {
    let refusal = refusal(client, sql).await;
    assert_eq!(refusal.code().code(), "42501", "{sql}: {refusal}");
}

/// What Postgres has logged, to a superuser.
pub async fn log_of_postgres(client: &Client) -> String {
    let sql = "select pg_read_file(current_setting('data_directory') || '/../server.log')";
    column(client, sql).await.remove(0)
}

/// A word that no other test uses.
pub fn unique(word: &str) -> String {
    use rand::RngExt;
    format!("{word}_{:08x}", rand::rng().random::<u32>())
}

/// Waits until something asynchronous has happened, for three minutes at most, which only a
/// machine under load needs.
pub async fn eventually(what: &str, mut has_happened: impl AsyncFnMut() -> bool) {
    let since = std::time::Instant::now();
    while !has_happened().await {
        assert!(since.elapsed().as_secs() < 180, "still waiting: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// Whether it was answered that it has to wait: somebody who stands still may hold what it needs.
pub fn is_told_to_wait(response: &reqwest::Response) -> bool {
    response.status() == 503 && response.headers().contains_key("retry-after")
}

/// Waits until the control plane has no session left, after a kill.
pub async fn until_control_is_gone(client: &Client) {
    let sql = "select pid::text from pg_stat_activity
               where datname = current_database() and usename = 'integratedb_control'";
    eventually("for its sessions to end", async || column(client, sql).await.is_empty()).await;
}

/// Waits until so many sessions of the database wait for a lock, or more.
pub async fn until_waiting(client: &Client, sessions: usize) {
    let sql = "select pid from pg_stat_activity
               where datname = current_database() and wait_event_type = 'Lock'";
    eventually("for sessions that wait for a lock", async || {
        column(client, sql).await.len() >= sessions
    })
    .await;
}
