//! The story of asking for a backfill.

use serde_json::{Map, Value, json};

use super::store;
use super::table::Table;
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::error::{Error, FieldErrors, Result};
use crate::notifications::store as notifications;
use crate::notifications::{Hearing, Hearings};
use crate::spec::{self, ChannelNames, Condition, Match, Notifications};
use crate::stakeholders;

/// How many rows a second are read, if it isn't said, and at most.
const ROWS_PER_SECOND: i32 = 5000;
const MOST_ROWS_PER_SECOND: i64 = 1_000_000;

/// What is asked for.
#[derive(Debug)]
pub struct Asking {
    pub match_no: i32,
    /// The condition as it was written.
    pub written: Option<Value>,
    pub condition: Option<Condition>,
    pub channels: ChannelNames,
    pub rows_per_second: i32,
}

/// What became of it.
#[derive(Debug)]
pub struct Outcome {
    pub id: i64,
    /// The tables of the match that can't be read, and why.
    pub left_out: Vec<Value>,
}

/// Asks for the rows that a match of a stakeholder's document lets it hear of. Refused
/// if there are none to read: nothing that may be told, or no key to read by.
pub async fn ask(app: &App, stakeholder: i64, request: &Value) -> Result<Outcome> {
    let mut client = app.pool.get().await?;
    let owner = stakeholders::store::by_id(&client, stakeholder).await?;
    let document = notifications::document(&client, &app.seal, stakeholder).await?;
    let (asking, asked) = read(request, &document)?;
    let ear = Hearings::now(&client).await?.of(stakeholder);
    let mut heard: Vec<&Hearing> =
        ear.hearings.iter().filter(|hearing| hearing.match_no == asking.match_no).collect();
    heard.dedup_by(|one, other| (&one.schema, &one.table) == (&other.schema, &other.table));
    if heard.is_empty() {
        let untold = notifications::untold(&client, stakeholder).await?;
        return Err(Error::invalid("match", nothing_heard(&untold, asking.match_no)));
    }
    let (mut tables, mut left_out, mut errors) = (Vec::new(), Vec::new(), FieldErrors::default());
    for Hearing { schema, table, .. } in heard {
        let described = Table::describe(&**client, schema, table).await?;
        let path = format!("{}.{}", spec::quoted(schema), spec::quoted(table));
        match described.as_ref().map(Table::obstacle) {
            Some(None) => {
                let rows = described.and_then(|described| described.rows_estimated);
                tables.push((schema.clone(), table.clone(), rows));
            }
            // Who names all tables of a schema has to take what can be read.
            Some(Some(why)) if !names(&asked, schema, table) => {
                left_out.push(json!({ "path": path, "why": why }));
            }
            Some(Some(why)) => errors.add("match", format!("{path} {why}")),
            None => errors.add("match", format!("{path} is gone")),
        }
    }
    errors.into_result()?;
    if tables.is_empty() {
        return Err(Error::invalid("match", "names no table that could be read by its key"));
    }
    let transaction = client.transaction().await?;
    let id = store::insert(&transaction, stakeholder, &asking, &tables).await?;
    notifications::announce(&transaction).await?;
    let event = Event {
        action: "backfill.create",
        subject: Subject::from(&owner),
        before: None,
        after: Some(json!({
            "id": id, "match": asking.match_no, "where": asking.written,
            "rows_per_second": asking.rows_per_second, "tables": names_of(&tables),
        })),
    };
    audit::record(&transaction, event).await?;
    transaction.commit().await?;
    app.changes.stir();
    Ok(Outcome { id, left_out })
}

/// The tables, by their paths.
fn names_of(tables: &[(String, String, Option<i64>)]) -> Vec<String> {
    let path = |(schema, table, _): &(String, String, _)| {
        format!("{}.{}", spec::quoted(schema), spec::quoted(table))
    };
    tables.iter().map(path).collect()
}

/// Reads a request, and finds the match that it is about.
fn read(request: &Value, document: &Notifications) -> Result<(Asking, Match)> {
    let nothing = Map::new();
    let members = match request {
        Value::Object(members) => members,
        Value::Null => &nothing,
        _ => return Err(Error::invalid("data", "is invalid")),
    };
    let mut errors = FieldErrors::default();
    for name in members.keys() {
        if !["match", "where", "channels", "rows_per_second"].contains(&name.as_str()) {
            errors.add(name, "means nothing here");
        }
    }
    let given = |name: &str| members.get(name).filter(|value| !value.is_null());
    let match_no =
        errors.keep(
            "match",
            match given("match") {
                None => Err("can't be blank: it is the number of a match in the document, from 0"
                    .to_owned()),
                Some(value) => match spec::whole_number(value)
                    .and_then(|no| usize::try_from(no).ok())
                {
                    Some(no) if no < document.spec.matches.len() => Ok(no),
                    Some(_) => Err(format!(
                        "is the number of no match: the document has {}, counted from 0",
                        document.spec.matches.len()
                    )),
                    None => Err("must be the number of a match in the document, from 0".to_owned()),
                },
            },
        );
    let rows_per_second = errors.keep(
        "rows_per_second",
        match given("rows_per_second") {
            None => Ok(ROWS_PER_SECOND),
            Some(value) => match spec::whole_number(value) {
                Some(rows @ 1..=MOST_ROWS_PER_SECOND) => {
                    i32::try_from(rows).map_err(|error| error.to_string())
                }
                _ => Err(format!("must be a number from 1 to {MOST_ROWS_PER_SECOND}")),
            },
        },
    );
    errors.into_result()?;
    let (match_no, rows_per_second) =
        (match_no.unwrap_or_default(), rows_per_second.unwrap_or(ROWS_PER_SECOND));
    let asked = document.spec.matches[match_no].clone();
    let (condition, channels) = narrow(document, match_no, given("where"), given("channels"))?;
    let asking = Asking {
        match_no: i32::try_from(match_no).map_err(Error::internal)?,
        written: given("where").cloned(),
        condition,
        channels,
        rows_per_second,
    };
    Ok((asking, asked))
}

/// Reads the condition and the channels as those of the match are read, which say at
/// most what they say.
fn narrow(
    document: &Notifications,
    match_no: usize,
    condition: Option<&Value>,
    channels: Option<&Value>,
) -> Result<(Option<Condition>, ChannelNames)> {
    let mut narrowed = document.clone();
    let asked = document.spec.matches[match_no].clone();
    let may = asked.listens.as_ref().map(|listens| listens.channels.clone());
    narrowed.spec.matches = vec![asked];
    let mut written = narrowed.terse();
    let one = match &mut written["match"] {
        Value::Array(matches) => matches.first_mut(),
        one => Some(one),
    };
    let Some(Value::Object(one)) = one else {
        return Err(Error::internal("a match is no object"));
    };
    one.shift_remove("where");
    one.extend(condition.map(|condition| ("where".to_owned(), condition.clone())));
    one.extend(channels.map(|channels| ("channels".to_owned(), channels.clone())));
    let (read, _) = spec::parse_notifications(&written).map_err(|mut faults| {
        for fault in &mut faults {
            let pointer = fault.pointer.strip_prefix("#/match").unwrap_or(&fault.pointer);
            let pointer = pointer.strip_prefix("/0").unwrap_or(pointer);
            fault.pointer = format!("#{pointer}");
        }
        Error::InvalidDocument(faults)
    })?;
    let listens = read.spec.matches.into_iter().next().and_then(|one| one.listens);
    let listens = listens.ok_or_else(|| Error::internal("a match listens to nothing"))?;
    let asks_before = |condition: &Condition| condition.columns().iter().any(|(_, is_old)| *is_old);
    if listens.condition.as_ref().is_some_and(asks_before) {
        let message = "is about rows as they are: nothing has `changed`, and there is no `old`";
        return Err(Error::invalid("where", message));
    }
    if let (ChannelNames::Named(names), Some(may)) = (&listens.channels, may)
        && let Some(name) = names.iter().find(|name| !may.contains(name))
    {
        let message = format!("has {name}, which is not among the channels of the match");
        return Err(Error::invalid("channels", message));
    }
    let channels = if channels.is_some() { listens.channels } else { ChannelNames::Every };
    Ok((listens.condition, channels))
}

/// Whether a match names a table by itself, and not by its schema.
fn names(asked: &Match, schema: &str, table: &str) -> bool {
    let mut alternatives = asked.alternatives.iter();
    alternatives.any(|one| one.schema == schema && one.table.as_deref() == Some(table))
}

/// Why nothing of a match is told, in a sentence.
fn nothing_heard(untold: &[Value], match_no: i32) -> String {
    let of_match = untold.iter().filter(|one| one["match"] == match_no && one["column"].is_null());
    let reasons: Vec<String> = of_match
        .filter_map(|one| Some(format!("{}: {}", one["path"].as_str()?, one["why"].as_str()?)))
        .collect();
    match reasons.as_slice() {
        [] => "names nothing that is there".to_owned(),
        reasons => format!("names nothing that the stakeholder is told ({})", reasons.join("; ")),
    }
}
