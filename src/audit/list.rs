//! Entries of the audit, as the API shows them.

use serde_json::Value;
use tokio_postgres::Client;

use super::Filter;
use crate::error::Result;

/// An entry (`a`) as JSON.
pub(super) const ENTRY: &str = "json_build_object(
    'id', a.no,
    'at', integratedb.rfc3339(a.at),
    'actor', json_build_object('kind', a.actor_kind, 'id', a.actor_id, 'name', a.actor_name),
    'origin', json_build_object('address', a.address, 'request_id', a.request_id),
    'action', a.action,
    'subject', json_build_object('kind', a.subject_kind, 'id', a.subject_id, 'name', a.subject_name),
    'before', a.before,
    'after', a.after,
    'hash', encode(a.hash, 'hex')
  )";

/// The newest entries that a filter lets through, or those before an entry.
pub async fn list(
    client: &Client,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Value>> {
    let is = |what: &str, parameter: &str| {
        format!(
            "({parameter}::text is null or {parameter} in (a.{what}_kind, a.{what}_name,
               a.{what}_kind || ':' || a.{what}_name, a.{what}_kind || ':' || a.{what}_id))"
        )
    };
    let sql = format!(
        "select {ENTRY} from integratedb.audit a
         where {actor}
           and {subject}
           and ($3::text is null or $3 in (a.action, split_part(a.action, '.', 1)))
           and ($4::timestamptz is null or a.at >= $4)
           and ($5::timestamptz is null or a.at < $5)
           and ($6::bigint is null or a.no < $6)
         order by a.no desc limit $7",
        actor = is("actor", "$1"),
        subject = is("subject", "$2"),
    );
    let rows = client
        .query(
            &sql,
            &[
                /* actor */ &filter.actor,
                /* subject */ &filter.subject,
                /* action */ &filter.action,
                /* since */ &filter.since,
                /* until */ &filter.until,
                /* before */ &before,
                /* limit */ &limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
