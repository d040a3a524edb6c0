//! Which server to speak to, and as whom: of what the command line, the environment
//! and the profiles say, in this order.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::{Address, Book, Failure, Login, Profile, Profiles, Result};
use crate::config;

/// How long a busy server is tried again if it isn't said.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub server: Option<String>,
    pub profile: Option<String>,
    pub ca: Option<PathBuf>,
    pub is_insecure: bool,
    pub wait: Option<Duration>,
}

/// A server, and how to speak to it.
#[derive(Clone)]
pub struct Target {
    pub address: Address,
    pub login: Login,
    /// By which profile, if by one.
    pub profile: Option<String>,
    pub ca: Option<PathBuf>,
    pub is_insecure: bool,
    pub patience: Duration,
    pub hope: Duration,
}

impl Wanted {
    /// Whether a command that can do both speaks to a server: if one is named, or
    /// there is no database to speak to and a server to be found.
    pub fn is_of_server(&self, settings: &config::Client) -> bool {
        if self.server.is_some() || self.profile.is_some() {
            return true;
        }
        let is_set = settings.server.is_some() || settings.profile.is_some();
        let has_profiles = settings.folder.as_ref().is_some_and(|folder| {
            // One that can't be read is told of, rather than left out.
            Profiles::at(folder).read().map_or(true, |book| !book.profiles.is_empty())
        });
        !settings.has_database && (is_set || has_profiles)
    }

    /// The server, and the login there if there is one.
    pub fn target(&self, settings: &config::Client) -> Result<Target> {
        let server = match (&self.server, &self.profile) {
            (Some(server), _) => Some(server),
            (None, Some(_)) => None,
            (None, None) => settings.server.as_ref(),
        };
        let server: Option<Address> =
            server.map(|server| server.parse().map_err(Failure::wrong)).transpose()?;
        let token = settings.token.as_ref().filter(|_| self.profile.is_none());
        let found = match (&server, token) {
            (Some(_), Some(_)) => None,
            _ => self.find(settings, server.as_ref())?,
        };
        let profile = found.as_ref().map(|(_, profile)| profile);
        let address = match (&server, profile) {
            (Some(server), _) => server.clone(),
            (None, Some(profile)) => profile.server.parse().map_err(Failure::wrong)?,
            (None, None) => return Err(Failure::NotLoggedIn(NO_SERVER.to_owned())),
        };
        let target = Target {
            login: match (token, settings.folder.as_deref(), &found) {
                (Some(token), ..) => Login::Token(token.expose_secret().to_owned()),
                (None, Some(folder), Some((name, profile))) => {
                    login(Profiles::at(folder), name, profile)
                }
                _ => Login::Nobody,
            },
            address,
            ca: self.ca.clone().or_else(|| profile.and_then(|profile| profile.ca.clone())),
            is_insecure: self.is_insecure || profile.is_some_and(|profile| profile.insecure_http),
            profile: found.map(|(name, _)| name),
            patience: self.wait.unwrap_or(PATIENCE),
            hope: self.wait.unwrap_or_default(),
        };
        target.refuse_to_tell_everybody()?;
        Ok(target)
    }

    /// The profile that is named, or was used last; of a server that is named, one that
    /// leads there.
    fn find(
        &self,
        settings: &config::Client,
        server: Option<&Address>,
    ) -> Result<Option<(String, Profile)>> {
        let book = match &settings.folder {
            Some(folder) => Profiles::at(folder).read()?,
            None => Book::default(),
        };
        let leads_there = |profile: &Profile| {
            let is_it = |server: &Address| profile.server.parse().as_ref() == Ok(server);
            server.is_none_or(is_it)
        };
        let named = self.profile.as_ref().or(settings.profile.as_ref());
        let Some(name) = named else {
            let current = book.current.as_ref().and_then(|name| book.profiles.get_key_value(name));
            let mut others = book.profiles.iter().filter(|_| server.is_some());
            let found = current.filter(|(_, profile)| leads_there(profile));
            let found = found.or_else(|| others.find(|(_, profile)| leads_there(profile)));
            return Ok(found.map(|(name, profile)| (name.clone(), profile.clone())));
        };
        match book.profiles.get(name) {
            Some(profile) if leads_there(profile) => Ok(Some((name.clone(), profile.clone()))),
            Some(profile) => Err(Failure::wrong(format!(
                "The profile `{name}` is of the server {}: name one of the two.",
                profile.server
            ))),
            None => Err(Failure::NotLoggedIn(format!(
                "There is no profile `{name}`: `integratedb login --profile {name} --server \
                 https://host:port` makes it."
            ))),
        }
    }
}

const NO_SERVER: &str = "Which server? Log in to one with `integratedb login --server \
     https://host:port`, or say it with --server or INTEGRATEDB_SERVER.";

impl Target {
    /// The same, where somebody has to be logged in.
    pub fn of_somebody(self) -> Result<Self> {
        match self.login {
            Login::Nobody => Err(Failure::NotLoggedIn(format!(
                "Nobody is logged in at {0}: `integratedb login --server {0}`, or set \
                 INTEGRATEDB_TOKEN to an API key.",
                self.address
            ))),
            _ => Ok(self),
        }
    }

    fn refuse_to_tell_everybody(&self) -> Result<()> {
        if self.address.is_secure() || self.address.is_here() || self.is_insecure {
            return Ok(());
        }
        Err(Failure::wrong(format!(
            "{} is reached without encryption, and everybody on the way would see the login. Use \
             https://, or say --insecure-http if nobody can listen there.",
            self.address
        )))
    }
}

fn login(profiles: Profiles, name: &str, profile: &Profile) -> Login {
    match (&profile.key, &profile.access_token) {
        (Some(key), _) => Login::Token(key.clone()),
        (None, Some(token)) => {
            Login::Session { profiles, profile: name.to_owned(), access_token: token.clone() }
        }
        (None, None) => Login::Nobody,
    }
}
