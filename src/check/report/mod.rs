//! What a check found out, and what follows from it.

mod json;
mod junit;
mod sarif;
mod text;

use serde::Serialize;
use tokio_postgres::Client;

use super::watch::Breach;
use super::{Ending, Lock, Unmet};
use crate::error::Result;
use crate::snapshot::{Unloaded, history};

/// A claim that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    pub id: i64,
    pub stakeholder: String,
    /// The position in its document, and the tables that it names.
    pub name: String,
}

/// A claim that the command breaks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Broken {
    #[serde(flatten)]
    pub unmet: Unmet,
    /// Counted from 1, those that changed the schema only.
    pub transaction: Option<i64>,
    pub statement: Option<String>,
    /// Whether a later transaction met it again.
    pub is_met_at_the_end: bool,
}

/// What was seen.
#[derive(Debug)]
pub struct Findings {
    pub claims: Vec<Claim>,
    pub ending: Ending,
    pub unloaded: Vec<Unloaded>,
    pub unreadable: Vec<history::Unreadable>,
    pub before: Vec<Unmet>,
    pub breaches: Vec<Breach>,
    pub after: Vec<Unmet>,
    pub locks: Vec<Lock>,
    /// The major version of the snapshot's server, and of ours.
    pub versions: (i32, i32),
}

/// What the command would do to claims.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    pub command: Ending,
    pub claims: Vec<Claim>,
    pub broken: Vec<Broken>,
    /// Unmet before the command began.
    pub already_unmet: Vec<Unmet>,
    pub locks: Vec<Lock>,
    /// What else limits what this report says.
    pub warnings: Vec<String>,
}

/// The end of it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No claim is broken.
    Fine,
    Broken,
    /// The command failed, or a claim can't be judged.
    Undecided,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
    Junit,
    Sarif,
}

impl Report {
    /// Draws the conclusions.
    pub fn new(findings: &Findings) -> Self {
        let Findings { claims, ending, unloaded, before, breaches, after, locks, .. } = findings;
        let is_unmet = |claim: i64| after.iter().any(|unmet| unmet.claim_id == claim);
        let breach = |claim: i64| breaches.iter().find(|breach| breach.unmet.claim_id == claim);
        // What was unmet before may lack more now.
        let is_broken = |claim: i64| {
            !before.iter().any(|unmet| unmet.claim_id == claim) || breach(claim).is_some()
        };
        let at_the_end = after.iter().map(|unmet| {
            let breach = breach(unmet.claim_id);
            Broken {
                unmet: unmet.clone(),
                transaction: breach.map(|breach| breach.transaction),
                statement: breach.and_then(|breach| breach.statement.clone()),
                is_met_at_the_end: false,
            }
        });
        let in_between = breaches.iter().filter(|breach| !is_unmet(breach.unmet.claim_id));
        let in_between = in_between.map(|breach| Broken {
            unmet: breach.unmet.clone(),
            transaction: Some(breach.transaction),
            statement: breach.statement.clone(),
            is_met_at_the_end: true,
        });
        let mut broken: Vec<Broken> = at_the_end
            .chain(in_between)
            .filter(|broken| is_broken(broken.unmet.claim_id))
            .collect();
        broken.sort_by_key(|broken| {
            (broken.unmet.stakeholder.clone(), broken.unmet.path.clone(), broken.unmet.claim_id)
        });
        // What could not be made may be what a claim lacks.
        let is_unclear = !unloaded.is_empty() && !before.is_empty();
        Self {
            verdict: match (ending, broken.is_empty()) {
                (Ending::Succeeded, _) if is_unclear => Verdict::Undecided,
                (Ending::Succeeded, true) => Verdict::Fine,
                (Ending::Succeeded, false) => Verdict::Broken,
                _ => Verdict::Undecided,
            },
            command: ending.clone(),
            claims: claims.clone(),
            broken,
            already_unmet: before.clone(),
            locks: locks.clone(),
            warnings: warnings(findings, is_unclear),
        }
    }

    /// Writes it down.
    pub fn write(&self, format: Format, snapshot: &str) -> Result<String, std::io::Error> {
        match format {
            Format::Text => Ok(text::write(self)),
            Format::Json => json::write(self),
            Format::Junit => junit::write(self),
            Format::Sarif => sarif::write(self, snapshot),
        }
    }
}

fn warnings(findings: &Findings, is_unclear: bool) -> Vec<String> {
    let unloaded = findings.unloaded.iter().map(|unloaded| {
        let Unloaded { kind, name, reason } = unloaded;
        format!("The {kind} {name} of the snapshot could not be made here: {reason}.")
    });
    let unreadable = findings.unreadable.iter().map(|table| {
        format!(
            "The snapshot has no rows of {}, so a migration tool may begin from nothing. \
             Before the next snapshot, let the table's owner run: {}",
            table.name, table.remedy
        )
    });
    let (theirs, ours) = findings.versions;
    let version = (theirs != ours)
        .then(|| format!("The snapshot is of PostgreSQL {theirs}, and this ran on {ours}."));
    let unclear = is_unclear.then(|| {
        format!(
            "{} can't be judged, as parts of the snapshot could not be made here.",
            text::count(findings.before.len(), "claim")
        )
    });
    version.into_iter().chain(unloaded).chain(unclear).chain(unreadable).collect()
}

/// All required claims, by stakeholder and position.
pub async fn claims(client: &Client) -> Result<Vec<Claim>> {
    let rows = client
        .query(
            "select c.id, s.name::text as stakeholder, c.match_no,
                    (
                      select string_agg(a.path, ' or ' order by a.no)
                      from (
                        select o.no, (o.alternative ->> 'schema') || '.' || coalesce(o.alternative ->> 'table', '*') as path
                        from jsonb_array_elements(d.document -> 'match' -> c.match_no -> 'alternatives')
                          with ordinality o (alternative, no)
                      ) a
                    ) as paths
             from integratedb.claims c
             join integratedb.stakeholders s on s.id = c.stakeholder_id
             join integratedb.specs d on d.stakeholder_id = s.id and d.kind = c.kind
             where not c.optional
             order by s.name, c.match_no",
            &[],
        )
        .await?;
    let claim = |row: &tokio_postgres::Row| {
        let (position, paths): (i32, String) = (row.get("match_no"), row.get("paths"));
        let name = format!("match {position}: {paths}");
        Claim { id: row.get("id"), stakeholder: row.get("stakeholder"), name }
    };
    Ok(rows.iter().map(claim).collect())
}
