//! `doctor`.

use std::io::Write;
use std::process::ExitCode;

use super::{connect, fail};
use crate::db::rights::{self, Finding, Verdict};

/// Prints what the connected role may and may not do. Exit status 0: nothing is
/// missing; 1: something is; 2: it could not be found out.
pub async fn run() -> ExitCode {
    let client = match connect().await {
        Ok(client) => client,
        Err(status) => return status,
    };
    match rights::examine(&client).await {
        Ok(findings) => report(&findings),
        Err(error) => fail(&error),
    }
}

fn report(findings: &[Finding]) -> ExitCode {
    let mut out = std::io::stdout().lock();
    for finding in findings {
        let mark = match finding.verdict {
            Verdict::Fine => "ok    ",
            Verdict::Advice => "advice",
            Verdict::Lack => "LACKS ",
        };
        let remedy = finding.remedy.iter().flat_map(|sql| sql.lines());
        let remedy = remedy.map(|line| format!("\n          {line}"));
        let line = format!("{mark}  {}{}", finding.what, remedy.collect::<String>());
        if writeln!(out, "{line}").is_err() {
            return ExitCode::from(2);
        }
    }
    let is_lacking = findings.iter().any(|finding| finding.verdict == Verdict::Lack);
    ExitCode::from(u8::from(is_lacking))
}
