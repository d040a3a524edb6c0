//! `doctor`.

use std::iter;
use std::process::ExitCode;

use super::insight::answer;
use super::{connect, fail_as};
use crate::db::rights::{self, Finding, Verdict};

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Prints JSON for programs: a list of `verdict` (fine, advice or lack), `what`, `why` and `remedy`
    #[arg(long)]
    json: bool,
}

/// Prints what the connected role may and may not do. Exit status 0: nothing is
/// missing; 1: something is; 2: it could not be found out.
pub async fn run(Options { json }: Options) -> ExitCode {
    let client = match connect(json).await {
        Ok(client) => client,
        Err(status) => return status,
    };
    match rights::examine(&client).await {
        Ok(findings) => report(json, &findings),
        Err(error) => fail_as(json, &error),
    }
}

fn report(is_json: bool, findings: &Vec<Finding>) -> ExitCode {
    let is_lacking = findings.iter().any(|finding| finding.verdict == Verdict::Lack);
    let in_words = |findings: &Vec<Finding>| findings.iter().map(words).collect();
    answer(is_json, findings, in_words, ExitCode::from(u8::from(is_lacking)))
}

/// What is, and of what had better be otherwise also why that matters and what to do.
fn words(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Fine => "ok    ",
        Verdict::Advice => "advice",
        Verdict::Lack => "LACKS ",
    };
    let why = finding.why.iter().map(|why| ("why:", *why));
    let heads = iter::once("do: ").chain(iter::repeat("    "));
    let remedy = heads.zip(finding.remedy.iter().flat_map(|remedy| remedy.lines()));
    let more = why.chain(remedy).map(|(head, line)| format!("        {head} {line}\n"));
    iter::once(format!("{mark}  {}\n", finding.what)).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::db::rights::{fine, lack};

    #[test]
    fn a_lack_says_what_is_and_why_it_matters_and_what_to_do() {
        assert_eq!(words(&fine("All is well.")), "ok      All is well.\n");
        let said = words(&lack("It may not.", "It has to.", "one;\ntwo;"));
        let expected =
            "LACKS   It may not.\n        why: It has to.\n        do:  one;\n             two;\n";
        assert_eq!(said, expected);
    }
}
