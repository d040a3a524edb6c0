//! `whoami`.

use std::process::ExitCode;

use serde_json::json;

use super::{Link, end, print};
use crate::client::{Request, Result, Server};
use crate::commands::table;
use crate::config;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    link: Link,
}

/// Says where one is logged in, and as whom.
pub async fn run(options: Options) -> ExitCode {
    end(options.link.json, tell(&options.link).await)
}

async fn tell(link: &Link) -> Result<ExitCode> {
    let target = link.target(&config::Client::from_env())?.of_somebody()?;
    let (address, profile) = (target.address.to_string(), target.profile.clone());
    let answer = Server::of(target)?.send(Request::get("/me")).await?;
    if link.json {
        print(&answer.text()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut me = answer.value()?;
    me["server"] = json!(address);
    me["profile"] = json!(profile);
    let columns = [
        ("KIND", "/kind"),
        ("NAME", "/name"),
        ("ROLE", "/role"),
        ("STAKEHOLDER", "/stakeholder/name"),
        ("SERVER", "/server"),
        ("PROFILE", "/profile"),
    ];
    print(&table::fields(&columns, &me))?;
    Ok(ExitCode::SUCCESS)
}
