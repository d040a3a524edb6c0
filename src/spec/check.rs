//! The check of a document for what a JSON Schema can't say.

use std::collections::HashMap;

use serde_json::Value;

use super::message::too_long;
use super::{Fault, Pointers, Spec};

/// Finds identifiers that Postgres would cut off, and schemas that are nobody's to claim.
pub(super) fn identifiers(spec: &Spec, pointers: &Pointers) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (match_no, claim) in spec.matches.iter().enumerate() {
        for (alternative_no, alternative) in claim.alternatives.iter().enumerate() {
            let path = pointers.of(match_no, alternative_no, None, "path");
            let schema = &alternative.schema;
            if is_reserved(schema) {
                faults.push(fault(format!("The schema `{schema}` can't be claimed."), &path));
            }
            let names = [Some(schema), alternative.table.as_ref()];
            let overlong = names.into_iter().flatten().filter_map(|name| too_long(name));
            faults.extend(overlong.map(|message| fault(message, &path)));
            for (field_no, field) in alternative.fields.iter().enumerate() {
                for (column_no, column) in field.alternatives.iter().enumerate() {
                    let place = Some((field_no, column_no));
                    let pointer = || pointers.of(match_no, alternative_no, place, "name");
                    faults.extend(too_long(&column.name).map(|message| fault(message, &pointer())));
                }
            }
        }
    }
    faults
}

/// Finds what is required but only planned.
pub(super) fn existence(spec: &Spec, pointers: &Pointers) -> Vec<Fault> {
    let only_planned = |of: &str| {
        format!(
            "At least one alternative of a required {of} must exist now: \
             leave `planned` off one, or make the {of} optional."
        )
    };
    let mut faults = Vec::new();
    for (match_no, claim) in spec.matches.iter().enumerate() {
        let alternatives = &claim.alternatives;
        let planned = !alternatives.is_empty() && alternatives.iter().all(|one| one.planned);
        if planned && !claim.optional {
            faults.push(fault(only_planned("match"), &pointers.of_match(match_no)));
        }
        for (alternative_no, alternative) in alternatives.iter().enumerate() {
            for (field_no, field) in alternative.fields.iter().enumerate() {
                let columns = &field.alternatives;
                let planned = columns.len() > 1 && columns.iter().all(|column| column.planned);
                if planned && !field.optional {
                    let pointer = pointers.of_field(match_no, alternative_no, field_no);
                    faults.push(fault(only_planned("field"), &pointer));
                }
            }
        }
    }
    faults
}

/// How often a document may name the same table: whoever changes it waits until each is
/// looked at.
const SAME_TABLE: usize = 100;

/// The same of all the tables of a schema, each of which is looked at for it.
const SAME_SCHEMA: usize = 10;

/// Finds what is named too often.
pub(super) fn repetition(spec: &Spec, pointers: &Pointers) -> Vec<Fault> {
    let mut named: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    let mut faults = Vec::new();
    for (match_no, claim) in spec.matches.iter().enumerate() {
        for (alternative_no, alternative) in claim.alternatives.iter().enumerate() {
            let (schema, table) = (alternative.schema.as_str(), alternative.table.as_deref());
            if schema.is_empty() {
                continue; // It was no path.
            }
            let times = named.entry((schema, table)).or_default();
            *times += 1;
            let most = if table.is_some() { SAME_TABLE } else { SAME_SCHEMA };
            if *times == most + 1 {
                let path = format!("{schema}.{}", table.unwrap_or("*"));
                let message =
                    format!("`{path}` is named more than {most} times, which is too often.");
                faults.push(fault(message, &pointers.of(match_no, alternative_no, None, "path")));
            }
        }
    }
    faults
}

/// Puts faults in the order of the document, without duplicates. What is wrong
/// with a value comes after what is wrong inside it.
pub(super) fn in_order(faults: Vec<Fault>, document: &Value) -> Vec<Fault> {
    fn walk(
        value: &Value,
        pointer: &mut String,
        messages: &mut HashMap<String, Vec<String>>,
        ordered: &mut Vec<Fault>,
    ) {
        let mut step = |key: &str, value| {
            let here = pointer.len();
            pointer.push('/');
            pointer.push_str(key);
            walk(value, pointer, messages, ordered);
            pointer.truncate(here);
        };
        match value {
            Value::Array(items) => {
                for (no, item) in items.iter().enumerate() {
                    step(&no.to_string(), item);
                }
            }
            Value::Object(members) => {
                members.iter().for_each(|(key, item)| step(&escape(key), item));
            }
            _ => {}
        }
        for message in messages.remove(pointer.as_str()).unwrap_or_default() {
            ordered.push(fault(message, pointer));
        }
    }
    let mut messages: HashMap<String, Vec<String>> = HashMap::new();
    for Fault { message, pointer } in faults {
        let known = messages.entry(pointer).or_default();
        if !known.contains(&message) {
            known.push(message);
        }
    }
    let mut ordered = Vec::new();
    walk(document, &mut "#".to_owned(), &mut messages, &mut ordered);
    ordered
}

fn is_reserved(schema: &str) -> bool {
    matches!(schema, "integratedb" | "information_schema") || schema.starts_with("pg_")
}

pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

pub(super) fn fault(message: String, pointer: &str) -> Fault {
    Fault { message, pointer: pointer.to_owned() }
}
