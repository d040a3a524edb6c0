//! Who hears of what, as the documents, the claims and the database say it now.

use std::collections::HashMap;
use std::sync::Arc;

use deadpool_postgres::GenericClient;

use super::alerts;
use crate::error::{Error, Result};
use crate::spec::{Alerts, Listens};

/// One match of a stakeholder's document and one table that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    pub match_no: i32,
    pub schema: String,
    pub table: String,
    /// What may be told, by name; sorted.
    pub columns: Vec<String>,
    pub listens: Listens,
}

/// What one stakeholder hears.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ear {
    /// Of changes.
    pub hearings: Vec<Hearing>,
    /// Beside these.
    pub alerts: Option<Alerts>,
}

/// What every stakeholder hears, at one time.
#[derive(Debug, Default)]
pub struct Hearings {
    /// How often the fence had been passed, after which this was read.
    pub passed: i64,
    pub of: HashMap<i64, Arc<Ear>>,
}

impl Hearings {
    /// Reads them. The number is from before, so that they are as new as it says.
    pub async fn load(client: &impl GenericClient, passed: i64) -> Result<Self> {
        let rows = client
            .query(
                "select stakeholder_id, match_no, schema_name::text, table_name::text, columns, listens
                 from integratedb.hearings()
                 order by stakeholder_id, match_no, schema_name, table_name",
                &[],
            )
            .await?;
        let wanted = alerts::wanted_by_all(client).await?.into_iter();
        let mut of: HashMap<i64, Ear> = wanted
            .map(|(id, alerts)| (id, Ear { alerts: Some(alerts), hearings: Vec::new() }))
            .collect();
        for row in &rows {
            let listens = serde_json::from_value(row.get("listens")).map_err(Error::internal)?;
            of.entry(row.get("stakeholder_id")).or_default().hearings.push(Hearing {
                match_no: row.get("match_no"),
                schema: row.get("schema_name"),
                table: row.get("table_name"),
                columns: row.get("columns"),
                listens,
            });
        }
        let of = of.into_iter().map(|(id, ear)| (id, Arc::new(ear))).collect();
        Ok(Self { passed, of })
    }

    /// Reads them as they are just now.
    pub async fn now(client: &impl GenericClient) -> Result<Self> {
        Self::load(client, Self::passed(client).await?).await
    }

    /// How often the fence has been passed.
    pub async fn passed(client: &impl GenericClient) -> Result<i64> {
        Ok(client.query_one("select passed from integratedb.fence", &[]).await?.get(0))
    }

    /// What one stakeholder hears.
    pub fn of(&self, stakeholder: i64) -> Arc<Ear> {
        self.of.get(&stakeholder).cloned().unwrap_or_default()
    }
}
