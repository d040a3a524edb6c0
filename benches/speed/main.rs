//! What IntegrateDB costs, each subject beside a floor: what Postgres itself takes for the least
//! that the subject is about. Ours and the floor take turns; a ratio is the median of the turns'.
//!
//! `cargo bench --bench speed` measures everything, `cargo bench --bench speed -- claims` the
//! subjects with `claims` in their names. A missed target is said and fails nothing.

#![allow(clippy::print_stdout, reason = "its output is a table")]

mod api;
mod claimed;
mod claims;
mod crowd;
mod durable;
mod gate;
mod get;
mod http;
mod latency;
mod listeners;
mod many;
mod neighbours;
mod orders;
mod pairs;
mod postgres;
mod redis;
mod sockets;
mod stakeholder;
mod stream;
mod table;
mod textbook;
mod validate;
mod webhooks;
mod websocket;

use std::error::Error;

use postgres::Postgres;
use table::Table;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("Only `cargo bench --bench speed` measures anything.");
        return Ok(());
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-'));
    let is_wanted = |subject: &str| wanted.is_none_or(|wanted| subject.contains(wanted.as_str()));

    let mut postgres = Postgres::start().await?;
    let table = Table::begin();
    if is_wanted("validate") {
        validate::measure(&mut postgres, &table).await?;
    }
    if is_wanted("textbook") {
        textbook::measure(&mut postgres, &table).await?;
    }
    if is_wanted("stakeholder") {
        stakeholder::measure(&postgres, &table).await?;
    }
    if is_wanted("claims") {
        claims::measure(&postgres, &table).await?;
    }
    if is_wanted("gate") {
        gate::measure(&postgres, &table).await?;
    }
    if is_wanted("get") {
        get::measure(&postgres, &table).await?;
    }
    if is_wanted("many") {
        many::measure(&postgres, &table).await?;
    }
    if is_wanted("crowd") {
        crowd::measure(&postgres, &table).await?;
    }
    if is_wanted("stream") {
        Box::pin(stream::measure(&postgres, &table)).await?;
    }
    if is_wanted("durable") {
        Box::pin(durable::measure(&postgres, &table)).await?;
    }
    if is_wanted("latency") {
        Box::pin(latency::measure(&postgres, &table)).await?;
    }
    if is_wanted("sockets") {
        sockets::measure(&postgres, &table).await?;
    }
    if is_wanted("webhooks") {
        webhooks::measure(&table).await?;
    }
    if is_wanted("neighbours") {
        Box::pin(neighbours::measure(&postgres, &table)).await?;
    }
    if is_wanted("redis") {
        redis::measure(&table).await?;
    }
    postgres.stop().await
}
