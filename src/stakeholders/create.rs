//! The story of a new stakeholder.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::{Name, role, store};
use crate::App;
use crate::db::Client;
use crate::error::{Error, Result};

/// What the creation of a stakeholder answers: the only time its credentials are
/// seen.
#[derive(Debug, Serialize)]
pub struct NewStakeholder {
    pub id: i64,
    pub name: String,
    pub credentials: Credentials,
}

/// What the application logs in to Postgres with.
#[derive(Debug, Serialize)]
pub struct Credentials {
    pub username: String,
    #[serde(serialize_with = "shown_once")]
    pub password: SecretString,
}

/// Makes a stakeholder with its role and schema, all or nothing.
pub async fn create(app: &App, name: Name) -> Result<NewStakeholder> {
    let password = role::random_password();
    let verifier = verifier_of(&password).await?;
    let id = establish(&mut app.pool.get().await?, &name, &verifier).await?;
    let name = name.as_str().to_owned();
    Ok(NewStakeholder { id, credentials: Credentials { username: name.clone(), password }, name })
}

/// Makes a stakeholder that logs in with the password of a verifier; answers its id.
pub async fn establish(client: &mut Client, name: &Name, verifier: &str) -> Result<i64> {
    let transaction = client.transaction().await?;
    let id = store::insert(&transaction, name).await?;
    role::refuse_existing(&transaction, name).await?;
    role::create(&transaction, name, verifier).await?;
    transaction.commit().await?;
    Ok(id)
}

/// The verifier of a password that nobody knows.
pub fn random_verifier() -> String {
    role::verifier(&role::random_password())
}

async fn verifier_of(password: &SecretString) -> Result<String> {
    let password = password.clone();
    tokio::task::spawn_blocking(move || role::verifier(&password)).await.map_err(Error::internal)
}

fn shown_once<S: Serializer>(password: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(password.expose_secret())
}
