//! Claims in the registry: calls of the engine in `sql/`, which migrations call
//! too.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Json;

use crate::error::{Error, Result};
use crate::spec::Spec;
use crate::stakeholders::Stakeholder;

/// Nobody that waits for what we hold is kept waiting by what we wait for longer
/// than this: less than Postgres's `deadlock_timeout`, so that it is never a
/// migration that ends.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// Which of a stakeholder's documents is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Claims,
    Notifications,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Notifications => "notifications",
        }
    }
}

/// A table that can't be published, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpublished {
    pub schema: String,
    pub table: String,
    /// The role that owns it.
    pub owner: String,
    /// The control plane's.
    pub role: String,
    pub problem: String,
    /// A SQLSTATE.
    pub code: String,
}

/// Something that a document names and the database doesn't have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimFault {
    pub match_no: usize,
    pub alternative_no: usize,
    /// The field and its alternative; `None` for the table itself.
    pub field: Option<(usize, usize)>,
    pub schema: String,
    /// Empty for the schema itself.
    pub table: String,
    pub column: Option<String>,
    /// `path`, `name`, `type`, `min_length` or `is_nullable`; of a notification also
    /// `published` or `replica_identity`.
    pub property: String,
    pub needed: Option<String>,
    pub found: Option<String>,
    /// The SQL that mends it, of a replica identity.
    pub remedy: Option<String>,
}

/// A privilege that was granted or revoked, or couldn't be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantChange {
    #[serde(skip)]
    pub is_grant: bool,
    pub privilege: &'static str,
    pub schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    #[serde(skip)]
    pub problem: Option<GrantProblem>,
}

/// Why a privilege couldn't be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantProblem {
    /// `not_allowed`, or a SQLSTATE.
    pub code: String,
    pub text: String,
    /// The control plane's role.
    pub grantor: String,
}

/// Bounds how long any lock of this transaction is waited for.
pub async fn wait_at_most(client: &impl GenericClient, timeout: Duration) -> Result<()> {
    client
        .execute(
            &client.prepare_cached("select set_config('lock_timeout', $1, true)").await?,
            &[/* milliseconds */ &timeout.as_millis().to_string()],
        )
        .await?;
    Ok(())
}

/// Waits for migrations that are altering tables which the document names, or
/// which these stakeholders may read.
pub async fn lock_tables(
    client: &impl GenericClient,
    stakeholders: &[i64],
    spec: &Spec,
) -> Result<()> {
    client
        .execute(
            &client.prepare_cached("select integratedb.lock_tables($1, $2)").await?,
            &[/* stakeholders */ &stakeholders, /* document */ &Json(spec)],
        )
        .await?;
    Ok(())
}

/// Keeps every other writer of claims, and every validation of a changed schema,
/// out until the commit.
pub async fn take_fence(client: &impl GenericClient) -> Result<()> {
    client.execute(&client.prepare_cached("select integratedb.take_fence()").await?, &[]).await?;
    wait_at_most(client, PATIENCE).await
}

/// A document of a stakeholder; an empty one if it never had any.
pub async fn spec(client: &impl GenericClient, stakeholder: i64, kind: Kind) -> Result<Spec> {
    let row = client
        .query_opt(
            &client
                .prepare_cached(
                    "select document from integratedb.specs where stakeholder_id = $1 and kind = $2",
                )
                .await?,
            &[/* stakeholder */ &stakeholder, /* kind */ &kind.as_str()],
        )
        .await?;
    match row {
        Some(row) => serde_json::from_value(row.get(0)).map_err(Error::internal),
        None => Ok(Spec::default()),
    }
}

/// Every stakeholder with its document, by name.
pub async fn specs(client: &impl GenericClient) -> Result<Vec<(Stakeholder, Spec)>> {
    let rows = client
        .query(
            "select h.id, h.name::text, coalesce(s.document, '{\"match\": []}') as document
             from integratedb.stakeholders h
             left join integratedb.specs s on s.stakeholder_id = h.id and s.kind = 'claims'
             order by h.name",
            &[],
        )
        .await?;
    let specs = rows.iter().map(|row| {
        let stakeholder = Stakeholder { id: row.get("id"), name: row.get("name") };
        let spec = serde_json::from_value(row.get("document")).map_err(Error::internal)?;
        Ok((stakeholder, spec))
    });
    specs.collect()
}

/// Stores a document in place of the one before, expanded.
pub async fn store_spec(
    client: &impl GenericClient,
    stakeholder: i64,
    kind: Kind,
    spec: &Spec,
) -> Result<()> {
    client
        .execute(
            &client.prepare_cached("select integratedb.store_spec($1, $2, $3)").await?,
            &[
                /* stakeholder */ &stakeholder,
                /* kind */ &kind.as_str(),
                /* document */ &Json(stored_form(spec)?),
            ],
        )
        .await?;
    Ok(())
}

/// The full form, and beside each condition the columns whose old values it asks for:
/// the engine doesn't read conditions.
fn stored_form(spec: &Spec) -> Result<Value> {
    let mut document = serde_json::to_value(spec).map_err(Error::internal)?;
    for (no, claim) in spec.matches.iter().enumerate() {
        let condition = claim.listens.as_ref().and_then(|listens| listens.condition.as_ref());
        let Some(condition) = condition else { continue };
        let columns = condition.columns();
        let old: Vec<&str> =
            columns.iter().filter(|(_, is_old)| *is_old).map(|(name, _)| *name).collect();
        document["match"][no]["listens"]["old_columns"] = json!(old);
    }
    Ok(document)
}

/// What the stored document names and the database doesn't have; of the matches
/// at the `unchanged` positions, only what leaves them unmet.
pub async fn faults(
    client: &impl GenericClient,
    stakeholder: i64,
    kind: Kind,
    unchanged: &[usize],
) -> Result<Vec<ClaimFault>> {
    let unchanged: Vec<i32> = unchanged.iter().filter_map(|no| i32::try_from(*no).ok()).collect();
    let rows = client
        .query(
            &client
                .prepare_cached(
                    "select match_no, alternative_no, field_no, field_alternative_no,
                    schema_name::text, table_name::text, column_name::text, property, needed, found,
                    case property when 'replica_identity'
                      then integratedb.identity_remedy(schema_name, table_name) end
             from integratedb.spec_faults($1, $2, $3)",
                )
                .await?,
            &[
                /* stakeholder */ &stakeholder,
                /* kind */ &kind.as_str(),
                /* unchanged */ &unchanged,
            ],
        )
        .await?;
    let position = |no: i32| usize::try_from(no).unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| {
            let field: (Option<i32>, Option<i32>) = (row.get(2), row.get(3));
            ClaimFault {
                match_no: position(row.get(0)),
                alternative_no: position(row.get(1)),
                field: field.0.zip(field.1).map(|(field, no)| (position(field), position(no))),
                schema: row.get(4),
                table: row.get(5),
                column: row.get(6),
                property: row.get(7),
                needed: row.get(8),
                found: row.get(9),
                remedy: row.get(10),
            }
        })
        .collect())
}

/// Makes the stakeholder's grants what it claims; answers what changed.
pub async fn reconcile(client: &impl GenericClient, stakeholder: i64) -> Result<Vec<GrantChange>> {
    let rows = client
        .query(
            &client
                .prepare_cached(
                    "select action, schema_name::text, table_name::text, columns::text[],
                    problem, code, current_user::text
             from integratedb.reconcile_stakeholder($1)",
                )
                .await?,
            &[/* stakeholder */ &stakeholder],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let table: Option<String> = row.get(2);
            let problem: Option<String> = row.get(4);
            GrantChange {
                is_grant: row.get::<_, &str>(0) == "GRANT",
                privilege: if table.is_some() { "SELECT" } else { "USAGE" },
                schema: row.get(1),
                table,
                columns: row.get(3),
                problem: problem.map(|text| GrantProblem {
                    code: row.get::<_, Option<String>>(5).unwrap_or_default(),
                    text,
                    grantor: row.get(6),
                }),
            }
        })
        .collect())
}

/// Waits for whoever keeps the tables that a document names from being published, an
/// automatic VACUUM among them: which gives way, but only to who is patient.
pub async fn lock_to_publish(client: &impl GenericClient, spec: &Spec) -> Result<()> {
    let sql = "select integratedb.lock_to_publish($1)";
    client.execute(sql, &[/* document */ &Json(spec)]).await?;
    Ok(())
}

/// Lets the publications hold what somebody listens to; answers what can't be.
pub async fn publish(client: &impl GenericClient) -> Result<Vec<Unpublished>> {
    let rows = client
        .query(
            "select schema_name::text, table_name::text, owner::text, problem, code, current_user::text
             from integratedb.follow_publications()",
            &[],
        )
        .await?;
    let unpublished = rows.iter().map(|row| Unpublished {
        schema: row.get(0),
        table: row.get(1),
        owner: row.get(2),
        problem: row.get(3),
        code: row.get(4),
        role: row.get(5),
    });
    Ok(unpublished.collect())
}

/// Whether there is something to publish that wasn't before.
pub async fn publishes_more(client: &impl GenericClient) -> Result<bool> {
    let sql = "select exists (select from integratedb.publication_plan() where action = 'add')";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Takes back all that a stakeholder claims and listens to, and its grants.
pub async fn withdraw(client: &impl GenericClient, stakeholder: i64) -> Result<()> {
    take_fence(client).await?;
    for kind in [Kind::Claims, Kind::Notifications] {
        store_spec(client, stakeholder, kind, &Spec::default()).await?;
    }
    reconcile(client, stakeholder).await?;
    publish(client).await?;
    client.execute("update integratedb.stream set revision = revision + 1", &[]).await?;
    Ok(())
}

/// Notes which claims are unmet already, before a change that is to be validated: they are
/// no reason to refuse it. It takes the fence if there are any.
pub async fn note_faults(client: &impl GenericClient) -> Result<()> {
    client.execute("select integratedb.note_faults()", &[]).await?;
    wait_at_most(client, PATIENCE).await
}

/// Refuses this transaction if it breaks a claim, as the gate does migrations.
pub async fn validate(client: &impl GenericClient) -> Result<()> {
    client
        .execute(
            &client.prepare_cached("select integratedb.validate_migration(20, 'control')").await?,
            &[],
        )
        .await
        .map_err(|error| match error.as_db_error() {
            Some(db) if *db.code() == SqlState::RAISE_EXCEPTION => {
                let detail = db.detail().unwrap_or_default();
                // The ways out are for those who write migrations.
                let words = detail.split("\n\n").next().unwrap_or_default();
                Error::WouldBreak(words.to_owned())
            }
            _ => Error::from(error),
        })?;
    Ok(())
}
