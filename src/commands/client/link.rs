//! The options that say which server to speak to, and how.

use std::path::PathBuf;
use std::time::Duration;

use super::note;
use crate::client::{Result, Server, Target, Wanted};
use crate::config;

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Server")]
pub struct Link {
    /// Server to speak to: https://host:port [default: `INTEGRATEDB_SERVER`, or the profile's]
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Profile to use [default: `INTEGRATEDB_PROFILE`, or where you logged in last]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Trusts the certificates in this file (PEM) instead of the system's authorities
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Sends the login over plain http to another machine, where anybody on the way can read it
    #[arg(long, global = true)]
    pub insecure_http: bool,
    /// Tries again for so long while the server is busy or not there [default: 10 while it is busy]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub wait: Option<u32>,
    /// Prints JSON for programs: what the API answers under `data`; errors likewise
    #[arg(long, global = true)]
    pub json: bool,
}

impl Link {
    /// The server, and the login there if there is one.
    pub fn target(&self, settings: &config::Client) -> Result<Target> {
        self.wanted().target(settings)
    }

    /// The server, as somebody who is logged in.
    pub fn open(&self) -> Result<Server> {
        Server::of(self.target(&config::Client::from_env())?.of_somebody()?)
    }

    /// Whether a command that can do both speaks to a server, and not to a database.
    pub fn is_of_server(&self) -> bool {
        self.wanted().is_of_server(&config::Client::from_env())
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            server: self.server.clone(),
            profile: self.profile.clone(),
            ca: self.ca.clone(),
            is_insecure: self.insecure_http,
            wait: self.wait.map(|seconds| Duration::from_secs(seconds.into())),
        }
    }
}

/// Says that a server would do, where there is no database that could be asked.
pub fn hint(link: &Link) {
    if !link.json && !config::Client::from_env().has_database {
        note("Or ask a server: name it with --server, or log in with `integratedb login`.");
    }
}
