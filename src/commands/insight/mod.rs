//! The commands that ask: `unmet`, `impact`, `drift` and `journal`.

mod drift;
mod impact;
mod journal;
mod unmet;

pub use drift::{Options as DriftOptions, run as drift};
pub use impact::{Options as ImpactOptions, run as impact};
pub use journal::{Options as JournalOptions, run as journal};
pub use unmet::{Options as UnmetOptions, run as unmet};

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use tokio_postgres::Client;

use super::client::{Link, complain, hint};
use super::table::{count, table};
use super::{connect_to_learned, fail_as};
use crate::client::{self, Server};
use crate::error::Result;

/// Asks the database, or a server, as the options and settings have it.
async fn ask<T>(
    link: &Link,
    database: impl AsyncFnOnce(Client) -> Result<T>,
    server: impl AsyncFnOnce(Server) -> client::Result<T>,
) -> Result<T, ExitCode> {
    if link.is_of_server() {
        let answer = async { server(link.open()?).await };
        return answer.await.map_err(|failure| complain(link.json, &failure));
    }
    let client = connect_to_learned(link.json).await.inspect_err(|_| hint(link))?;
    database(client).await.map_err(|error| fail_as(link.json, &error))
}

/// The exit status: 1 if something was found that shouldn't be.
fn status(is_as_it_should_be: bool) -> ExitCode {
    ExitCode::from(u8::from(!is_as_it_should_be))
}

/// Writes to standard output, as JSON for programs or as text for people; 2 if
/// nobody takes it.
pub(super) fn answer<T: Serialize>(
    is_json: bool,
    value: &T,
    words: impl FnOnce(&T) -> String,
    status: ExitCode,
) -> ExitCode {
    let text = if is_json {
        serde_json::to_string_pretty(value).unwrap_or_default()
    } else {
        words(value)
    };
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Ok(()) => status,
        Err(_) => ExitCode::from(2),
    }
}
