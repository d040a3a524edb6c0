//! `users`.

use std::process::ExitCode;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::ask::{self, Sure};
use super::{Group, Session, end};
use crate::client::{Failure, Request, Result, one_of};
use crate::commands::table::Column;

/// What to do with users.
#[derive(Debug, clap::Subcommand)]
pub enum Users {
    /// Lists the users
    List,
    /// Adds a user, whose password is asked for
    Add {
        /// Begins with a letter or _
        username: String,
        /// What it may do [default: viewer]
        #[arg(long, value_parser = ROLES)]
        role: Option<String>,
        /// Reads the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
    },
    /// Changes a user
    Set {
        /// Its name or id
        user: String,
        /// Calls it differently
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
        /// Lets it do this from now on
        #[arg(long, value_parser = ROLES)]
        role: Option<String>,
        /// Asks for a new password, which ends all its logins
        #[arg(long)]
        password: bool,
        /// Reads the new password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Removes a user
    Remove {
        /// Its name or id
        user: String,
        #[command(flatten)]
        sure: Sure,
    },
}

/// The roles that a user may have.
pub const ROLES: [&str; 3] = ["viewer", "operator", "admin"];

const COLUMNS: &[Column] = &[("ID", "/id"), ("USERNAME", "/username"), ("ROLE", "/role")];

pub async fn run(options: Group<Users>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Users>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Users::List => {
            let answer = session.server.send(Request::get("/users")).await?;
            session.list(&answer, COLUMNS)?;
        }
        Users::Add { username, role, password_stdin } => {
            let password = ask::new_password(*password_stdin)?;
            let mut user = json!({ "username": username, "password": password.expose_secret() });
            if let Some(role) = role {
                user["role"] = json!(role);
            }
            let request = Request::issue("/users", json!({ "user": user }));
            let answer = session.server.send(request).await?;
            session
                .tell(&answer, |made| format!("Added the user {username}, id {}.", made["id"]))?;
        }
        Users::Set { user, username, role, password, password_stdin } => {
            let mut changes = Map::new();
            changes.extend(username.iter().map(|name| ("username".to_owned(), json!(name))));
            changes.extend(role.iter().map(|role| ("role".to_owned(), json!(role))));
            if *password || *password_stdin {
                let password = ask::new_password(*password_stdin)?;
                changes.insert("password".to_owned(), json!(password.expose_secret()));
            }
            if changes.is_empty() {
                let what =
                    "What is to change? Say --username, --role, --password or --password-stdin.";
                return Err(Failure::wrong(what));
            }
            let path = format!("/users/{}", id(&session, user).await?);
            let answer =
                session.server.send(Request::put(path, json!({ "user": changes }))).await?;
            let one = |user: &Value| crate::commands::table::fields(COLUMNS, user);
            session.tell(&answer, one)?;
        }
        Users::Remove { user, sure } => {
            let users: Vec<Value> = session.server.send(Request::get("/users")).await?.data()?;
            let removed = one_of(&users, &["username"], "user", user)?;
            let user = removed["username"].as_str().unwrap_or(user);
            sure.confirm(&format!("Remove the user {user} and end all its logins?"))?;
            session.server.send(Request::delete(format!("/users/{}", removed["id"]))).await?;
            session.done(&format!("Removed the user {user}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// No username begins with a digit, so what is a number is an id.
async fn id(session: &Session, given: &str) -> Result<String> {
    if given.parse::<i64>().is_ok() {
        return Ok(given.to_owned());
    }
    let users: Vec<Value> = session.server.send(Request::get("/users")).await?.data()?;
    Ok(one_of(&users, &["username"], "user", given)?["id"].to_string())
}
