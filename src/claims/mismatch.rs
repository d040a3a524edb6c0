//! What the database doesn't have, in words: as the tree that has the shape of
//! the claims, and as a list with pointers into the document.

use serde_json::{Map, Value, json};

use super::store::{ClaimFault, GrantChange, GrantProblem, Unpublished};
use crate::error::{Error, Result};
use crate::spec::{Fault, Pointers, Spec};

/// SQLSTATE 54000: an ACL that no longer fits into its row.
const TOO_MANY_GRANTEES: &str = "54000";

/// Refuses a document that names what the database doesn't have.
pub fn refuse_faults(spec: &Spec, pointers: &Pointers, faults: &[ClaimFault]) -> Result<()> {
    let mut report = Report::new(spec, pointers);
    for fault in faults {
        let place = Place {
            match_no: fault.match_no,
            alternative_no: fault.alternative_no,
            field: fault.field,
        };
        report.add(place, &fault.property, sentence(fault));
    }
    report.into_result()
}

/// Refuses a document that claims what the control plane may not grant.
pub fn refuse_ungranted(spec: &Spec, pointers: &Pointers, changes: &[GrantChange]) -> Result<()> {
    let mut report = Report::new(spec, pointers);
    for change in changes {
        let Some(problem) = &change.problem else { continue };
        match problem.code.as_str() {
            "55P03" | "40P01" | "XX000" => {
                return Err(Error::Busy("Another change of the same table was faster."));
            }
            // What can't be taken back stays, and shows as drift.
            _ if !change.is_grant => tracing::warn!(
                schema = change.schema,
                table = change.table,
                problem = problem.text,
                "could not revoke"
            ),
            "not_allowed" | TOO_MANY_GRANTEES => {
                let message = ungranted(change, problem);
                for place in places(spec, change) {
                    report.add(place, "path", message.clone());
                }
            }
            _ => return Err(Error::internal(problem.text.clone())),
        }
    }
    report.into_result()
}

/// Refuses a document that listens to what the control plane may not publish.
pub fn refuse_unpublished(
    spec: &Spec,
    pointers: &Pointers,
    unpublished: &[Unpublished],
) -> Result<()> {
    let mut report = Report::new(spec, pointers);
    for one in unpublished {
        match one.code.as_str() {
            "55P03" | "40P01" => {
                return Err(Error::Busy("Another change of the same table was faster."));
            }
            "42501" => {
                let message = format!(
                    "path: `{}.{}`: IntegrateDB may not publish it, since it isn't a member of the \
                     role that owns it. Whoever may grant that lets it with: GRANT {} TO {};",
                    one.schema,
                    one.table,
                    crate::db::Ident(&one.owner),
                    crate::db::Ident(&one.role)
                );
                for place in named(spec, &one.schema, Some(&one.table)) {
                    report.add(place, "path", message.clone());
                }
            }
            _ => return Err(Error::internal(one.problem.clone())),
        }
    }
    report.into_result()
}

fn sentence(fault: &ClaimFault) -> String {
    let table = if fault.table.is_empty() { "*" } else { &fault.table };
    let path = format!("path: `{}.{table}`", fault.schema);
    let column = fault.column.as_deref().unwrap_or_default();
    match fault.property.as_str() {
        "path" => format!("{path} does not exist."),
        "name" => format!("{path}, field: `{column}` does not exist."),
        "published" => format!(
            "{path}: its changes can't be published: {}.",
            fault.found.as_deref().unwrap_or_default()
        ),
        "replica_identity" => unidentified(fault, &path),
        _ => format!(
            "{path}, field: `{column}`: specified value `{}` does not match existing column value `{}`.",
            fault.needed.as_deref().unwrap_or("unlimited"),
            fault.found.as_deref().unwrap_or("unlimited"),
        ),
    }
}

/// A table whose changes don't tell which row they are of, or what it was before.
fn unidentified(fault: &ClaimFault, path: &str) -> String {
    let sql = fault.remedy.as_deref().unwrap_or_default();
    if fault.needed.as_deref() == Some("full") {
        return format!(
            "{path}: old values of columns outside the table's key are asked for, or said to be \
             told, and Postgres tells them only after: {sql}"
        );
    }
    format!(
        "{path} has no primary key or other replica identity, so its own UPDATE and DELETE would \
         fail while they are published. Listen to INSERT and TRUNCATE only, give it a primary key, \
         or: {sql}"
    )
}

fn ungranted(change: &GrantChange, problem: &GrantProblem) -> String {
    use crate::db::Ident;
    let schema = Ident(&change.schema);
    let table = change.table.as_deref().unwrap_or("*");
    let path = format!("path: `{}.{table}`", change.schema);
    let grantor = Ident(&problem.grantor);
    match &change.table {
        _ if problem.code == TOO_MANY_GRANTEES => {
            format!("{path} has as many grantees as fit into Postgres's row for it.")
        }
        Some(table) => format!(
            "{path}: IntegrateDB may not grant SELECT on it. Its owner lets it with: \
             GRANT SELECT ON {schema}.{} TO {grantor} WITH GRANT OPTION;",
            Ident(table)
        ),
        None => format!(
            "{path}: IntegrateDB may not grant USAGE on the schema. Its owner lets it with: \
             GRANT USAGE ON SCHEMA {schema} TO {grantor} WITH GRANT OPTION;"
        ),
    }
}

/// Where a document names the table (or any table of the schema) of a change.
fn places<'a>(spec: &'a Spec, change: &'a GrantChange) -> impl Iterator<Item = Place> + 'a {
    named(spec, &change.schema, change.table.as_deref())
}

/// Where a document names a table, or any table of the schema.
fn named<'a>(
    spec: &'a Spec,
    schema: &'a str,
    table: Option<&'a str>,
) -> impl Iterator<Item = Place> + 'a {
    spec.matches.iter().enumerate().flat_map(move |(match_no, claim)| {
        claim.alternatives.iter().enumerate().filter_map(move |(alternative_no, alternative)| {
            let names_it = alternative.schema == schema
                && (table.is_none()
                    || alternative.table.is_none()
                    || alternative.table.as_deref() == table);
            names_it.then_some(Place { match_no, alternative_no, field: None })
        })
    })
}

#[derive(Debug, Clone, Copy)]
struct Place {
    match_no: usize,
    alternative_no: usize,
    field: Option<(usize, usize)>,
}

/// Collects messages in both shapes.
struct Report<'a> {
    spec: &'a Spec,
    pointers: &'a Pointers,
    tree: Vec<Value>,
    faults: Vec<Fault>,
}

impl<'a> Report<'a> {
    fn new(spec: &'a Spec, pointers: &'a Pointers) -> Self {
        let tree = spec.matches.iter().map(|_| json!({})).collect();
        Self { spec, pointers, tree, faults: Vec::new() }
    }

    fn add(&mut self, place: Place, property: &str, message: String) {
        let Some(claim) = self.spec.matches.get(place.match_no) else { return };
        let Some(alternative) = claim.alternatives.get(place.alternative_no) else { return };
        let pointer = self.pointers.of(place.match_no, place.alternative_no, place.field, property);
        let mut node = child(
            &mut self.tree[place.match_no],
            "alternatives",
            claim.alternatives.len(),
            place.alternative_no,
        );
        if let Some((field_no, option_no)) = place.field {
            let options =
                alternative.fields.get(field_no).map_or(0, |field| field.alternatives.len());
            node = child(node, "columns", alternative.fields.len(), field_no);
            node = child(node, "alternatives", options, option_no);
        }
        if let Some(members) = node.as_object_mut() {
            let messages = members.entry(property).or_insert_with(|| json!([]));
            if let Some(messages) = messages.as_array_mut() {
                messages.push(json!(message));
            }
        }
        self.faults.push(Fault { message, pointer });
    }

    fn into_result(self) -> Result<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(Error::Mismatch { claims: Value::Array(self.tree), faults: self.faults })
    }
}

/// The `position`th of `length` siblings under a key, which are all empty
/// objects until something is wrong with them, so that positions hold.
fn child<'v>(node: &'v mut Value, key: &str, length: usize, position: usize) -> &'v mut Value {
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    let siblings = &mut node[key];
    if !siblings.is_array() {
        *siblings = Value::Array(vec![json!({}); length.max(position + 1)]);
    }
    &mut siblings[position]
}
