//! What there is of us in a database.

use deadpool_postgres::GenericClient;

use super::outside;
use crate::error::Result;
use crate::notifications::backfill;
use crate::stakeholders::handover;

/// A stakeholder, and what it has from us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub id: i64,
    pub name: String,
    /// The roles it logs in with beside its own.
    pub logins: Vec<String>,
    /// How many columns it was granted.
    pub columns: i64,
}

/// Everything that is ours, also of an installation of which a part is gone already.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The connected role, and the database.
    pub role: String,
    pub database: String,
    /// Whether the schema `integratedb` is there.
    pub has_schema: bool,
    /// The last migration that was applied; 0: none.
    pub version: i32,
    /// Tables in it, and entries of the audit.
    pub tables: i64,
    pub audit_entries: i64,
    pub slot: Option<String>,
    pub publications: Vec<String>,
    pub event_triggers: Vec<String>,
    /// With their arguments.
    pub functions: Vec<String>,
    pub stakeholders: Vec<Left>,
    /// The roles that backfills read as.
    pub readers: Vec<String>,
    /// The roles that own what stakeholders removed before have left, and how many objects.
    pub retired: Vec<(String, i64)>,
    /// Who is connected as a server of ours, or as a command: process and application name.
    pub sessions: Vec<(i32, String)>,
    /// What others have made that leans on something of ours.
    pub leaning: Vec<String>,
}

impl Survey {
    /// Whether there is nothing of us.
    pub fn is_empty(&self) -> bool {
        !self.has_schema
            && self.slot.is_none()
            && self.publications.is_empty()
            && self.event_triggers.is_empty()
            && self.functions.is_empty()
            && self.readers.is_empty()
    }
}

/// Looks at everything; changes nothing.
pub async fn survey(client: &impl GenericClient) -> Result<Survey> {
    let row = client.query_one(include_str!("survey.sql"), &[]).await?;
    let mut survey = Survey {
        role: row.get("role"),
        database: row.get("database"),
        has_schema: row.get("has_schema"),
        tables: row.get("tables"),
        slot: row.get("slot"),
        publications: row.get("publications"),
        event_triggers: row.get("event_triggers"),
        functions: row.get("functions"),
        sessions: row
            .get::<_, Vec<String>>("sessions")
            .iter()
            .filter_map(|text| text.split_once(' '))
            .filter_map(|(pid, name)| Some((pid.parse().ok()?, name.to_owned())))
            .collect(),
        readers: backfill::role::all(client).await?.into_iter().map(|left| left.role).collect(),
        ..Survey::default()
    };
    let retired = client.query(handover::RETIRED, &[]).await?;
    survey.retired = retired.iter().map(|row| (row.get("name"), row.get("objects"))).collect();
    if survey.has_schema {
        survey.leaning = outside::leaning(client).await?;
        survey.stakeholders = stakeholders(client).await?;
        let sql = "select coalesce(max(version), 0) from integratedb.migrations";
        survey.version = client.query_one(sql, &[]).await?.get(0);
        if has_table(client, "audit").await? {
            let sql = "select count(*) from integratedb.audit";
            survey.audit_entries = client.query_one(sql, &[]).await?.get(0);
        }
    }
    Ok(survey)
}

async fn stakeholders(client: &impl GenericClient) -> Result<Vec<Left>> {
    let rows = client
        .query(
            "select s.id, s.name::text,
               (select coalesce(sum(cardinality(g.attnums)), 0)
                from integratedb.granted_columns g where g.stakeholder_id = s.id) as columns
             from integratedb.stakeholders s order by s.name",
            &[],
        )
        .await?;
    let mut left: Vec<Left> = rows
        .iter()
        .map(|row| Left {
            id: row.get("id"),
            name: row.get("name"),
            logins: Vec::new(),
            columns: row.get("columns"),
        })
        .collect();
    if has_table(client, "credentials").await? {
        let sql = "select c.username::text from integratedb.credentials c
                   where c.stakeholder_id = $1 and c.username is not null order by 1";
        for stakeholder in &mut left {
            let rows = client.query(sql, &[/* stakeholder_id */ &stakeholder.id]).await?;
            stakeholder.logins = rows.iter().map(|row| row.get(0)).collect();
        }
    }
    Ok(left)
}

/// Whether the installation has come so far that it has this table.
async fn has_table(client: &impl GenericClient, name: &str) -> Result<bool> {
    let sql = "select to_regclass('integratedb.' || $1::text) is not null";
    Ok(client.query_one(sql, &[/* name */ &name]).await?.get(0))
}
