//! The story of a new stakeholder.

use deadpool_postgres::Transaction;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;

use super::{Name, Stakeholder, role, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::credentials::{self, random_password, shown_once, verifier, verifier_of};
use crate::error::Result;
use crate::idempotency::Once;

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
    /// Both, ready to connect with.
    #[serde(serialize_with = "shown_once")]
    pub uri: SecretString,
}

/// Makes a stakeholder with its role and schema, all or nothing.
pub async fn create(app: &App, name: Name, once: &Once) -> Result<NewStakeholder> {
    let password = random_password();
    let verifier = verifier_of(&password).await?;
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    once.begin(&transaction).await?;
    let id = establish(&transaction, &name, &verifier).await?;
    let name = name.as_str().to_owned();
    let uri = app.whereabouts.uri(&name, &password);
    let credentials = Credentials { username: name.clone(), password, uri };
    let stakeholder = NewStakeholder { id, name, credentials };
    once.keep(&transaction, &stakeholder).await?;
    transaction.commit().await?;
    Ok(stakeholder)
}

/// Makes a stakeholder, in a transaction, that logs in with the password of a verifier; answers its id.
pub async fn establish(transaction: &Transaction<'_>, name: &Name, verifier: &str) -> Result<i64> {
    let id = store::insert(transaction, name).await?;
    credentials::store::insert_primary(transaction, id).await?;
    role::refuse_existing(transaction, name).await?;
    role::create(transaction, name, verifier).await?;
    let stakeholder = Stakeholder { id, name: name.as_str().to_owned() };
    audit::record(
        transaction,
        Event {
            action: "stakeholder.create",
            subject: Subject::from(&stakeholder),
            before: None,
            after: Some(json!(stakeholder)),
        },
    )
    .await?;
    Ok(id)
}

/// The verifier of a password that nobody knows.
pub fn random_verifier() -> String {
    verifier(&random_password())
}
