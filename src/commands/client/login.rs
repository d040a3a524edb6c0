//! `login` and `logout`.

use std::process::ExitCode;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Link, ask, end, note, print};
use crate::client::{
    Address, Book, Failure, Login, Profile, Profiles, Request, Result, Server, Target,
};
use crate::config;

#[derive(Debug, clap::Args)]
pub struct LoginOptions {
    #[command(flatten)]
    link: Link,
    /// User to log in as; asked for if it isn't said
    #[arg(short, long, value_name = "NAME", conflicts_with = "key_from_stdin")]
    username: Option<String>,
    /// Reads the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// Keeps an API key, which is read from standard input, instead of logging in as a user
    #[arg(long, conflicts_with = "password_stdin")]
    key_from_stdin: bool,
    /// Makes the first user of a new server, and logs in as it. Takes `BOOTSTRAP_SECRET` if the
    /// server does
    #[arg(long, conflicts_with = "key_from_stdin")]
    first: bool,
}

#[derive(Debug, clap::Args)]
pub struct LogoutOptions {
    #[command(flatten)]
    link: Link,
}

/// Logs in, and keeps the login in a profile.
pub async fn log_in(options: LoginOptions) -> ExitCode {
    end(options.link.json, enter(&options).await)
}

/// Forgets a login.
pub async fn log_out(options: LogoutOptions) -> ExitCode {
    end(options.link.json, leave(&options))
}

async fn enter(options: &LoginOptions) -> Result<ExitCode> {
    let settings = config::Client { token: None, ..config::Client::from_env() };
    let profiles = profiles(&settings)?;
    let (name, target) = place(&options.link, &settings, &profiles)?;
    let address = target.address.clone();
    let kept = Profile {
        server: address.to_string(),
        ca: target.ca.clone().map(|file| std::path::absolute(&file).unwrap_or(file)),
        insecure_http: target.is_insecure,
        ..Profile::default()
    };
    let profile = if options.key_from_stdin {
        let key = ask::piped("key")?.expose_secret().trim().to_owned();
        let username = check(target, &key).await?;
        Profile { key: Some(key), username, ..kept }
    } else {
        let username = username(options)?;
        let session = session(options, &settings, Server::of(target)?, &username).await?;
        let token = |name: &str| session[name].as_str().map(str::to_owned);
        let username = Some(username);
        Profile {
            username,
            access_token: token("token"),
            refresh_token: token("refreshToken"),
            ..kept
        }
    };

    let turn = profiles.turn()?;
    let mut book = turn.read()?;
    let warning = redirection(&book, &name, &address);
    book.current = Some(name.clone());
    book.profiles.insert(name.clone(), profile);
    turn.write(&book)?;
    if options.link.json {
        print(&json!({ "profile": name, "server": address.to_string() }).to_string())?;
    } else {
        print(&format!("Logged in at {address}. The profile `{name}` keeps it."))?;
    }
    if let Some(warning) = warning {
        note(&warning);
    }
    Ok(ExitCode::SUCCESS)
}

/// What to say of commands that went elsewhere, or as somebody else, until now.
fn redirection(book: &Book, name: &str, address: &Address) -> Option<String> {
    let before = book.current.as_ref()?;
    let server = &book.profiles.get(before)?.server;
    if *server == address.to_string() {
        let words = format!(
            "Commands use the profile `{name}` from now on, and no longer `{before}`. \
             `integratedb profiles use {before}` leads back."
        );
        return (before != name).then_some(words);
    }
    let back = if before == name {
        format!("The profile `{name}` no longer leads there; --profile NAME keeps another.")
    } else {
        format!("`integratedb profiles use {before}` leads back.")
    };
    Some(format!("Commands go to {address} from now on, and no longer to {server}. {back}"))
}

/// Which profile it is going to be, and where. A server that is not said is that of the
/// profile, so that one can log in again.
fn place(link: &Link, settings: &config::Client, profiles: &Profiles) -> Result<(String, Target)> {
    let book = profiles.read()?;
    let named = link.profile.as_ref().or(settings.profile.as_ref());
    let said = link.server.as_ref().or(settings.server.as_ref());
    let name = match (named, said) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => "default".to_owned(),
        (None, None) => book.current.clone().unwrap_or_else(|| "default".to_owned()),
    };
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Failure::wrong("A profile needs a name of ordinary letters."));
    }
    let before = book.profiles.get(&name);
    let server = said.or(before.map(|profile| &profile.server)).cloned();
    let address = server.as_ref().and_then(|server| server.parse::<Address>().ok());
    let is_same = before.is_some_and(|before| before.server.parse().ok() == address);
    let before = before.filter(|_| is_same);
    let link = Link {
        server,
        profile: None,
        ca: link.ca.clone().or_else(|| before.and_then(|before| before.ca.clone())),
        insecure_http: link.insecure_http || before.is_some_and(|before| before.insecure_http),
        ..link.clone()
    };
    // No profile is looked into: nobody is logged in yet.
    let blank = config::Client { folder: None, profile: None, ..settings.clone() };
    Ok((name, Target { login: Login::Nobody, ..link.target(&blank)? }))
}

fn username(options: &LoginOptions) -> Result<String> {
    match &options.username {
        Some(username) => Ok(username.clone()),
        None if ask::is_somebody_there() => ask::line("Username: "),
        None => Err(Failure::wrong("Which user? Say it with --username.")),
    }
}

async fn session(
    options: &LoginOptions,
    settings: &config::Client,
    server: Server,
    username: &str,
) -> Result<Value> {
    if options.first {
        let password = ask::new_password(options.password_stdin)?;
        let user = json!({ "username": username, "password": password.expose_secret() });
        let mut request = Request::make("/users", json!({ "user": user }));
        if let Some(secret) = &settings.bootstrap_secret {
            request = request.header("x-bootstrap-secret", secret.expose_secret().to_owned());
        }
        let made = server.send(request).await;
        return made.map_err(|failure| no_first(settings, failure))?.value();
    }
    let password = ask::password("Password", options.password_stdin)?;
    let user = json!({ "username": username, "password": password.expose_secret() });
    let login = server.send(Request::post("/auth/login", json!({ "data": user }))).await;
    if matches!(login, Err(Failure::Refused { status: 401 | 403, .. })) && is_new(&server).await {
        return Err(Failure::NotLoggedIn(NO_USERS.to_owned()));
    }
    login?.value()
}

/// Why nobody came in by the door of the first user, where that is what was refused.
fn no_first(settings: &config::Client, failure: Failure) -> Failure {
    let Failure::Refused { status, errors } = &failure else { return failure };
    let why = match (status, settings.bootstrap_secret.is_some()) {
        (401, false) if wants_secret(errors) => {
            "The server takes a secret for its first user: set BOOTSTRAP_SECRET to the one that it \
             has in that setting."
        }
        (401, _) => "There are users already: leave out --first.",
        (403, true) => "BOOTSTRAP_SECRET is another than the server's.",
        _ => return failure,
    };
    Failure::NotLoggedIn(why.to_owned())
}

fn wants_secret(errors: &Value) -> bool {
    errors["detail"].as_str().is_some_and(|why| why.contains("X-Bootstrap-Secret"))
}

const NO_USERS: &str = "The server has no user yet: `integratedb login --first` makes the first one, and \
     logs in as it.";

/// Whether there is no user yet: then the door for the first one is open, and says what
/// is wrong with a user without a name, instead of that nobody is logged in.
async fn is_new(server: &Server) -> bool {
    let nobody = server.send(Request::make("/users", json!({ "user": {} }))).await;
    match nobody {
        Err(Failure::Refused { status: 422, .. }) => true,
        Err(Failure::Refused { status: 401, errors }) => wants_secret(&errors),
        _ => false,
    }
}

/// Whether a key is good, before it is kept; answers what it is called.
async fn check(target: Target, key: &str) -> Result<Option<String>> {
    let server = Server::of(Target { login: Login::Token(key.to_owned()), ..target })?;
    let me = server.send(Request::get("/me")).await?.value()?;
    Ok(me["name"].as_str().map(str::to_owned))
}

fn leave(options: &LogoutOptions) -> Result<ExitCode> {
    let settings = config::Client::from_env();
    let profiles = profiles(&settings)?;
    let turn = profiles.turn()?;
    let mut book = turn.read()?;
    let named = options.link.profile.clone().or(settings.profile);
    let Some(name) = named.or_else(|| book.current.clone()) else {
        return Err(Failure::NotLoggedIn("Nobody is logged in.".to_owned()));
    };
    let Some(gone) = book.profiles.remove(&name) else {
        return Err(Failure::NotLoggedIn(format!("There is no profile `{name}`.")));
    };
    if book.current.as_ref() == Some(&name) {
        book.current = None;
    }
    turn.write(&book)?;
    if gone.key.is_some() {
        note("The key itself stays good until `integratedb keys revoke` ends it.");
    }
    if !options.link.json {
        print(&format!("Logged out of {}. The profile `{name}` is gone.", gone.server))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn profiles(settings: &config::Client) -> Result<Profiles> {
    let folder = settings.folder.as_deref().ok_or_else(|| {
        Failure::wrong(
            "There is no place to keep profiles in: neither HOME nor XDG_CONFIG_HOME is set.",
        )
    })?;
    Ok(Profiles::at(folder))
}
