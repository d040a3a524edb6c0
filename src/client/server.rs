//! The conversation with a server: who is calling, what is tried again and how long,
//! and what the answer is.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, Url, redirect};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Address, Answer, Failure, Listing, Profiles, Progress, Request, Result, Target, lasting,
};
use crate::error::root_cause;

/// How long a server may take to answer: longer than `LOCK_TIMEOUT_MS` can be.
const LONGEST: Duration = Duration::from_mins(11);

/// After how long of silence it is found out whether it is still there.
const SILENCE: Duration = Duration::from_secs(15);

/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How many entries of a list are asked for at once.
const PAGE: usize = 1000;

/// As whom a server is spoken to.
#[derive(Clone)]
pub enum Login {
    Nobody,
    /// With an API key, or whatever else is good as it is.
    Token(String),
    /// With the tokens of a profile, which are renewed there.
    Session {
        profiles: Profiles,
        profile: String,
        access_token: String,
    },
}

/// A server that is spoken to.
pub struct Server {
    http: Client,
    address: Address,
    login: Mutex<Login>,
    /// How long to try again when it is busy.
    patience: Duration,
    /// How long to try again when it isn't there.
    hope: Duration,
}

impl Server {
    /// Prepares to speak to it; says nothing yet.
    pub fn of(target: Target) -> Result<Self> {
        let mut builder = Client::builder()
            .user_agent(concat!("integratedb/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(LONGEST)
            .tcp_keepalive(SILENCE)
            .tcp_keepalive_interval(SILENCE)
            .tcp_keepalive_retries(4)
            // They would lead a secret elsewhere.
            .redirect(redirect::Policy::none());
        if let Some(file) = &target.ca {
            let unusable = |why: String| Failure::wrong(format!("{}: {why}", file.display()));
            let text = fs::read(file).map_err(|error| unusable(error.to_string()))?;
            let certificates = Certificate::from_pem_bundle(&text).unwrap_or_default();
            if certificates.is_empty() {
                return Err(unusable("has no certificate in the format PEM".to_owned()));
            }
            builder = builder.tls_certs_only(certificates);
        } else if !target.address.is_secure() {
            // Or it would look for those of the system, which need not be there.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| Failure::wrong(root_cause(&error)))?;
        Ok(Self {
            http,
            address: target.address,
            login: Mutex::new(target.login),
            patience: target.patience,
            hope: target.hope,
        })
    }

    /// Sends a request. It is sent again with a new token when the old one has ended;
    /// and, where that does nothing twice, while the server is busy or not there.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        let began = Instant::now();
        let mut progress = Progress::new();
        let (mut is_renewed, mut is_broken) = (false, false);
        loop {
            let login = self.login();
            let (pause, failure) = match self.exchange(&request, &login).await {
                Ok(Reply { retry_after, outcome: Err(failure), .. })
                    if request.is_repeatable && failure.status() == 4 && !is_too_many(&failure) =>
                {
                    if began.elapsed() + retry_after > self.patience {
                        return Err(failure);
                    }
                    (retry_after, failure)
                }
                Ok(Reply { outcome: Err(Failure::Refused { status: 401, errors }), .. }) => {
                    if is_renewed || !self.renew(&login).await? {
                        return Err(Failure::Refused { status: 401, errors });
                    }
                    is_renewed = true;
                    continue;
                }
                Ok(Reply { outcome, .. }) => return outcome,
                // Nothing was sent, so it may be sent again, whatever it is.
                Err(Trouble { is_early: true, failure }) if began.elapsed() < self.hope => {
                    (Duration::from_secs(1), failure)
                }
                // It broke off: nobody knows whether anything came of it, but the server will.
                Err(Trouble { is_early, failure: failure @ Failure::Unreachable(_) })
                    if request.is_known_again
                        && (is_broken || !is_early)
                        && began.elapsed() < self.patience =>
                {
                    is_broken = true;
                    (Duration::from_secs(1), failure)
                }
                Err(Trouble { failure, .. }) => return Err(failure),
            };
            let seconds = began.elapsed().as_secs();
            progress
                .say(&format!("{} Trying again since {seconds} s …", failure.lines().join(" ")));
            sleep(pause).await;
        }
    }

    /// The newest entries of a list, so many at most, however many pages that takes.
    pub async fn newest(&self, request: impl Fn() -> Request, limit: usize) -> Result<Listing> {
        let mut listing = Listing::default();
        let mut before: Option<i64> = None;
        while listing.0.len() < limit {
            let size = PAGE.min(limit - listing.0.len());
            let asked = request().query("limit", &size).query_if("before", before.as_ref());
            let (entries, next) = self.send(asked).await?.page()?;
            listing.0.extend(entries);
            match next {
                Some(_) => before = next,
                None => break,
            }
        }
        Ok(listing)
    }

    fn login(&self) -> Login {
        self.login.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the tokens that somebody else has renewed meanwhile, or renews them;
    /// answers whether there are other ones now.
    async fn renew(&self, login: &Login) -> Result<bool> {
        let Login::Session { profiles, profile: name, access_token } = login else {
            return Ok(false);
        };
        let ended = || {
            let how = format!("integratedb login --profile {name} --server {}", self.address);
            Failure::NotLoggedIn(format!("The login of the profile `{name}` has ended: `{how}`."))
        };
        let turn = profiles.turn()?;
        let mut book = turn.read()?;
        let known = book.profiles.get_mut(name).ok_or_else(ended)?;
        if known.server != self.address.to_string() {
            return Err(ended());
        }
        let mut current = known.access_token.clone().ok_or_else(ended)?;
        if current == *access_token {
            let refresh_token = known.refresh_token.clone().ok_or_else(ended)?;
            let request = Request::post("/auth/renew", json!({ "data": refresh_token }));
            let reply = self.exchange(&request, &Login::Nobody).await;
            let session = match reply.map_err(|trouble| trouble.failure)?.outcome {
                Err(Failure::Refused { status: 401 | 403, .. }) => return Err(ended()),
                outcome => outcome?.value()?,
            };
            let token = |name: &str| session[name].as_str().map(str::to_owned);
            current = token("token").ok_or_else(ended)?;
            known.access_token = Some(current.clone());
            known.refresh_token = token("refreshToken").or(Some(refresh_token));
            turn.write(&book)?;
        }
        let renewed = Login::Session {
            profiles: profiles.clone(),
            profile: name.clone(),
            access_token: current,
        };
        *self.login.lock().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(true)
    }

    async fn exchange(&self, request: &Request, login: &Login) -> Result<Reply, Trouble> {
        let trouble = |error: reqwest::Error| match lasting(&error) {
            Some(why) => Trouble::of(Failure::Unreadable(format!("{}: {why}", self.address))),
            None => Trouble {
                is_early: error.is_connect(),
                failure: Failure::Unreachable(format!("{}: {}", self.address, root_cause(&error))),
            },
        };
        let pairs = request.query.iter();
        let url = Url::parse_with_params(&self.address.of(&request.path), pairs);
        let url = url.map_err(|error| Trouble::of(Failure::wrong(error.to_string())))?;
        // Without a query there is no `?` either.
        let mut url = url;
        if request.query.is_empty() {
            url.set_query(None);
        }
        let mut sent = self.http.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            sent = sent.header(*name, value);
        }
        match login {
            Login::Nobody => {}
            Login::Token(token) | Login::Session { access_token: token, .. } => {
                sent = sent.bearer_auth(token);
            }
        }
        if let Some(body) = &request.body {
            sent = sent.json(body);
        }
        let response = sent.send().await.map_err(trouble)?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let (etag, location) = (header("etag"), header("location").unwrap_or_default());
        let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let text = response.text().await.map_err(trouble)?;
        let outcome = match status {
            200..300 => Ok(Answer { status, etag, text }),
            300..400 => Err(Failure::Unreadable(format!(
                "{} answers that it is elsewhere: {location}",
                self.address
            ))),
            _ => Err(refused(status, &request.path, &text)),
        };
        Ok(Reply { retry_after: Duration::from_secs(retry_after.unwrap_or(1)), outcome })
    }
}

/// What came back.
struct Reply {
    retry_after: Duration,
    outcome: Result<Answer>,
}

/// Why nothing came back.
struct Trouble {
    /// Whether nothing was sent either.
    is_early: bool,
    failure: Failure,
}

impl Trouble {
    fn of(failure: Failure) -> Self {
        Self { is_early: false, failure }
    }
}

/// Whoever is told to come back later because of too many attempts had better not.
fn is_too_many(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { status: 429, .. })
}

fn refused(status: u16, path: &str, text: &str) -> Failure {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let errors = match body.get("errors") {
        // Of a path with several ids, any may be the one that isn't there.
        Some(errors) if errors["detail"] == "Not Found" => {
            json!({ "detail": format!("Not Found: {path}") })
        }
        Some(errors) => errors.clone(),
        // Something stands in between.
        None => json!({ "detail": format!("Answered {status}, and not by IntegrateDB.") }),
    };
    Failure::Refused { status, errors }
}
