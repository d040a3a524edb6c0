//! Whether an application has been told of what was written.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Progress, Request, Result, stakeholder};
use crate::commands::client::{Session, verdict};
use crate::commands::table::{self, Column};

#[derive(Debug, clap::Args)]
pub struct Options {
    stakeholder: String,
    /// What `pg_current_wal_lsn()` said after the COMMIT: 16/B374D848
    lsn: String,
    /// Which of its channels; all of them, if it isn't said
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Waits for it so long at most
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    within: u64,
}

/// How long one request waits at most: in between, one sees how far it is.
const STEP: Duration = Duration::from_secs(2);

const COLUMNS: &[Column] =
    &[("CHANNEL", "/name"), ("PROCESSED", "/processed"), ("POSITION", "/position")];

pub async fn run(session: &Session, options: &Options) -> Result<ExitCode> {
    let id = stakeholder(&session.server, &options.stakeholder).await?.id;
    let deadline = Instant::now() + Duration::from_secs(options.within);
    let mut progress = Progress::new();
    loop {
        let rest = STEP.min(deadline.saturating_duration_since(Instant::now()));
        let request = Request::get(format!("/stakeholders/{id}/position"))
            .query("lsn", &options.lsn)
            .query("wait", &format!("{}ms", rest.as_millis()))
            .query_if("channel", options.channel.as_ref());
        let answer = session.server.send(request).await?;
        let standing = answer.value()?;
        let is_processed = standing["processed"] == json!(true);
        if is_processed || Instant::now() >= deadline {
            drop(progress);
            session.tell(&answer, |standing| {
                let channels = standing["channels"].as_array().map_or(&[][..], Vec::as_slice);
                table::rows(COLUMNS, channels)
            })?;
            return Ok(verdict(is_processed));
        }
        let read = standing["read"].as_str().unwrap_or("nothing yet");
        progress.say(&format!("Waiting for {}; read up to {read} …", options.lsn));
    }
}
