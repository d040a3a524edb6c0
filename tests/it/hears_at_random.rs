//! Random claims, notifications and changes: nothing that isn't claimed is ever told,
//! and what is claimed and listened to arrives.
//!
//! Each column's name stands in each of its values, so that a search over all that was
//! told proves it. `INTEGRATEDB_HEARS_SEED` repeats what has failed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::audience::Audience;
use crate::support::{Collector, column, run};

const ROUNDS: usize = 10;
const CHANGES: usize = 14;

/// By which columns Postgres tells rows apart: the key, all, or none.
const TABLES: [(&str, &str); 5] = [
    ("ash", "text primary key"),
    ("birch", "text primary key"),
    ("fir", "text primary key"),
    ("gum", "text"),
    ("nut", "text"),
];
const FULL: [&str; 2] = ["fir", "gum"];
const NONE: &str = "nut";
const CHANNELS: [&str; 2] = ["one", "two"];

type Names = BTreeSet<String>;
type Row = BTreeMap<String, Option<String>>;

/// What a stakeholder listens to in one match.
struct Listening {
    table: &'static str,
    fields: Names,
    events: Vec<&'static str>,
    channel: &'static str,
    is_conditional: bool,
    document: Value,
}

/// What has happened to a row, and the row after it, or of a DELETE before it.
struct Change {
    table: &'static str,
    event: &'static str,
    row: Row,
    /// The columns that were set.
    set: Names,
}

struct World {
    rng: StdRng,
    audience: Audience,
    heard: [Collector; 2],
    /// The columns by table.
    claims: BTreeMap<&'static str, Names>,
    listens: Vec<Listening>,
    rows: BTreeMap<&'static str, Vec<Row>>,
    count: u32,
}

fn columns(table: &str) -> Vec<String> {
    ["id", "n1", "n2", "n3", "n4"].map(|column| format!("{table}_{column}")).to_vec()
}

impl World {
    fn some(&mut self, table: &str) -> Names {
        let all = columns(table);
        let count = self.rng.random_range(1..=all.len());
        all.sample(&mut self.rng, count).cloned().collect()
    }

    fn chance(&mut self, of_hundred: u32) -> bool {
        self.rng.random_range(0..100) < of_hundred
    }

    /// Claims something else.
    async fn claim(&mut self) {
        self.claims.clear();
        let mut matches = Vec::new();
        for (table, _) in TABLES {
            if self.chance(25) {
                continue;
            }
            let (fields, names) = match self.rng.random_range(0..10) {
                0 => (json!([]), Names::new()),
                1 | 2 => (json!(["*"]), columns(table).into_iter().collect()),
                _ => {
                    let names = self.some(table);
                    (json!(names), names)
                }
            };
            matches.push(json!({ "path": format!("public.{table}"), "fields": fields }));
            self.claims.insert(table, names);
        }
        if self.chance(10) {
            matches = vec![json!({ "path": "public.*", "fields": ["*"] })];
            self.claims =
                TABLES.map(|(table, _)| (table, columns(table).into_iter().collect())).into();
        }
        self.audience.claim(json!(matches)).await;
    }

    /// Listens to something else.
    async fn listen(&mut self) {
        self.listens.clear();
        for (table, _) in TABLES {
            for _ in 0..self.rng.random_range(0..3) {
                let listening = self.listening(table);
                self.listens.push(listening);
            }
        }
        let matches: Vec<&Value> = self.listens.iter().map(|one| &one.document).collect();
        let channels = [0, 1].map(|no| self.heard[no].channel_named(CHANNELS[no]));
        let document = json!({ "match": matches, "channels": channels });
        self.audience.app.put_notifications(&self.audience.reader, &document).await.expect(200);
    }

    fn listening(&mut self, table: &'static str) -> Listening {
        let possible: &[&str] = match table {
            NONE => &["INSERT", "TRUNCATE"],
            _ => &["INSERT", "UPDATE", "DELETE", "TRUNCATE"],
        };
        let count = self.rng.random_range(1..=possible.len());
        let events: Vec<&'static str> = possible.sample(&mut self.rng, count).copied().collect();
        let channel = *["one", "two", "*"].choose(&mut self.rng).unwrap();
        let is_every = self.chance(25);
        let fields = if is_every { columns(table).into_iter().collect() } else { self.some(table) };
        let mut document = json!({
            "path": format!("public.{table}"),
            "fields": if is_every { json!(["*"]) } else { json!(fields) },
            "events": if events.len() == 4 { json!(["*"]) } else { json!(events) },
            "channels": [channel],
        });
        let is_conditional = !is_every && self.chance(40);
        if is_conditional {
            document["where"] = self.condition(table, &fields, 3);
        }
        Listening { table, fields, events, channel, is_conditional, document }
    }

    fn condition(&mut self, table: &str, fields: &Names, depth: u32) -> Value {
        let names: Vec<&String> = fields.iter().collect();
        let name = names.choose(&mut self.rng).copied().unwrap();
        let may_ask_old = FULL.contains(&table) || name.ends_with("_id") && table != NONE;
        let kind = self.rng.random_range(0..if depth > 0 { 8 } else { 4 });
        match kind {
            0 => json!({ "eq": { name: "nothing" } }),
            1 => json!({ "is_null": [name] }),
            2 if may_ask_old => json!({ "changed": [name] }),
            3 if may_ask_old => json!({ "old": { "is_null": [name] } }),
            4 | 5 => json!({ "not": self.condition(table, fields, depth - 1) }),
            6 => {
                json!({ "and": [self.condition(table, fields, depth - 1), self.condition(table, fields, depth - 1)] })
            }
            7 => {
                json!({ "or": [self.condition(table, fields, depth - 1), self.condition(table, fields, depth - 1)] })
            }
            _ => json!({ "in": { name: ["nothing", "more"] } }),
        }
    }

    /// A value that says of which column it is; some are stored out of line.
    fn value(&mut self, column: &str) -> Option<String> {
        self.count += 1;
        match self.rng.random_range(0..10) {
            0 if !column.ends_with("_id") => None,
            1 | 2 if !column.ends_with("_id") => {
                let filler: Vec<String> =
                    (0..600).map(|_| format!("{:016x}", self.rng.random::<u64>())).collect();
                let filler = filler.concat();
                Some(format!("{column}={}:{filler}:{column}", self.count))
            }
            _ => Some(format!("{column}={}", self.count)),
        }
    }

    /// Changes something; answers the SQL, and what has happened if it is committed.
    fn change(&mut self) -> (String, Vec<Change>) {
        let (table, _) = *TABLES.choose(&mut self.rng).unwrap();
        let count = self.rows[table].len();
        let kind = if count == 0 { 0 } else { self.rng.random_range(0..20) };
        match kind {
            0..8 => {
                let row: Row = columns(table)
                    .into_iter()
                    .map(|name| (name.clone(), self.value(&name)))
                    .collect();
                let names: Vec<&str> = row.keys().map(String::as_str).collect();
                let values: Vec<String> =
                    row.values().map(|value| literal(value.as_ref())).collect();
                let sql = format!(
                    "insert into {table} ({}) values ({})",
                    names.join(", "),
                    values.join(", ")
                );
                self.rows.get_mut(table).unwrap().push(row.clone());
                let set = row.keys().cloned().collect();
                (sql, vec![Change { table, event: "INSERT", row, set }])
            }
            8..15 => {
                let no = self.rng.random_range(0..count);
                let set: Names = if self.chance(10) { Names::new() } else { self.some(table) };
                let set: Names = set
                    .into_iter()
                    .filter(|name| !name.ends_with("_id") || self.rng.random_range(0..3) == 0)
                    .collect();
                let mut row = self.rows[table][no].clone();
                let before = row.clone();
                for name in &set {
                    row.insert(name.clone(), self.value(name));
                }
                let mut assignments: Vec<String> = set
                    .iter()
                    .map(|name| format!("{name} = {}", literal(row[name].as_ref())))
                    .collect();
                if assignments.is_empty() {
                    assignments.push(format!("{table}_n1 = {table}_n1"));
                }
                let sql = format!(
                    "update {table} set {} where {table}_id = {}",
                    assignments.join(", "),
                    literal(before[&format!("{table}_id")].as_ref())
                );
                self.rows.get_mut(table).unwrap()[no] = row.clone();
                (sql, vec![Change { table, event: "UPDATE", row, set }])
            }
            15..19 => {
                let row =
                    self.rows.get_mut(table).unwrap().swap_remove(self.rng.random_range(0..count));
                let sql = format!(
                    "delete from {table} where {table}_id = {}",
                    literal(row[&format!("{table}_id")].as_ref())
                );
                (sql, vec![Change { table, event: "DELETE", row, set: Names::new() }])
            }
            _ => {
                self.rows.get_mut(table).unwrap().clear();
                let change =
                    Change { table, event: "TRUNCATE", row: Row::new(), set: Names::new() };
                (format!("truncate {table}"), vec![change])
            }
        }
    }

    /// Runs transactions, some of which are rolled back; answers what has happened.
    async fn write(&mut self) -> Vec<Change> {
        let mut happened = Vec::new();
        let mut done = 0;
        while done < CHANGES {
            let before = self.rows.clone();
            let (mut sql, mut changes) = (String::from("begin;"), Vec::new());
            for _ in 0..self.rng.random_range(1..5) {
                let (statement, more) = self.change();
                sql.push_str(&(statement + ";"));
                changes.extend(more);
                done += 1;
            }
            if self.chance(15) {
                self.rows = before;
                changes.clear();
                sql.push_str("rollback");
            } else {
                sql.push_str("commit");
            }
            run(&self.audience.owner, &sql).await;
            happened.extend(changes);
        }
        happened
    }

    /// What may be told of a table through a channel; none: not even that anything
    /// happened. `certain`: only by matches without a condition, of this event.
    fn may(&self, table: &str, channel: &str, certain: Option<&str>) -> Option<Names> {
        let claimed = self.claims.get(table)?;
        let mut listens = self
            .listens
            .iter()
            .filter(|one| one.table == table && (one.channel == "*" || one.channel == channel))
            .filter(|one| {
                certain.is_none_or(|event| !one.is_conditional && one.events.contains(&event))
            })
            .peekable();
        listens.peek()?;
        Some(listens.flat_map(|one| one.fields.intersection(claimed).cloned()).collect())
    }

    /// Holds what was told against what may be, and what has to be.
    async fn judge(&self, no: usize, told_before: usize, happened: &[Change]) {
        let channel = CHANNELS[no];
        let texts = self.heard[no].texts().await.split_off(told_before);
        for (table, _) in TABLES {
            let may = self.may(table, channel, None);
            for text in &texts {
                let is_of_table = text.contains(&format!("public.{table}"));
                assert!(may.is_some() || !is_of_table, "{table} is nothing of {channel}: {text}");
                for name in columns(table) {
                    let is_allowed = may.as_ref().is_some_and(|may| may.contains(&name));
                    assert!(
                        is_allowed || !text.contains(&name),
                        "{name} is nothing of {channel}: {text}"
                    );
                }
            }
        }
        let mut seen = HashSet::new();
        let events = texts.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
        let mut events = events.filter(|event| seen.insert(event["id"].to_string()));
        for change in happened {
            let Some(must) = self.may(change.table, channel, Some(change.event)) else { continue };
            assert!(
                events.any(|event| tells(&event, change, &must)),
                "{channel} isn't told of {} {} {:?} of {must:?}",
                change.event,
                change.table,
                change
                    .row
                    .values()
                    .flatten()
                    .map(|value| &value[..value.len().min(20)])
                    .collect::<Vec<_>>(),
            );
        }
        self.heard[no].events().await;
    }
}

/// Whether an event is of this change, and says of these columns what they are.
fn tells(event: &Value, change: &Change, must: &Names) -> bool {
    let data = &event["data"];
    let (row, is_row_known) = match change.event {
        "DELETE" => (&data["old"], FULL.contains(&change.table)),
        _ => (&data["new"], true),
    };
    event["subject"] == format!("public.{}", change.table)
        && data["operation"] == change.event
        && must.iter().filter(|_| change.event != "TRUNCATE").all(|name| match row.get(name) {
            Some(value) => *value == json!(change.row[name]),
            None if change.event == "UPDATE" => {
                let is_marked =
                    data["unchanged"].as_array().is_some_and(|names| names.contains(&json!(name)));
                is_marked && !change.set.contains(name) && !FULL.contains(&change.table)
            }
            None => !is_row_known && !name.ends_with("_id"),
        })
}

fn literal(value: Option<&String>) -> String {
    value.map_or_else(|| "null".to_owned(), |text| format!("'{text}'"))
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the seed is a setting of this test alone")]
async fn nothing_unclaimed_is_told_and_all_that_is_claimed_and_listened_to_is() {
    let seed = std::env::var("INTEGRATEDB_HEARS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random::<u32>().into());
    eprintln!("INTEGRATEDB_HEARS_SEED={seed}");
    let tables = TABLES.map(|(table, id)| {
        let texts: Vec<String> =
            columns(table)[1..].iter().map(|name| format!("{name} text")).collect();
        format!("create table {table} ({table}_id {id}, {});", texts.join(", "))
    });
    let full = FULL.map(|table| format!("alter table {table} replica identity full;"));
    let mut world = World {
        rng: StdRng::seed_from_u64(seed),
        audience: Audience::after(&(tables.concat() + &full.concat())).await,
        heard: [Collector::new().await, Collector::new().await],
        claims: BTreeMap::new(),
        listens: Vec::new(),
        rows: TABLES.map(|(table, _)| (table, Vec::new())).into(),
        count: 0,
    };
    for _ in 0..ROUNDS {
        world.claim().await;
        world.listen().await;
        let told = [world.heard[0].texts().await.len(), world.heard[1].texts().await.len()];
        let is_late = world.chance(40);
        let operate = async |audience: &Audience, what: &str| {
            audience.app.post(&audience.path(what), &json!({})).await.expect(200);
        };
        if is_late {
            operate(&world.audience, "/pause").await;
        }
        let happened = world.write().await;
        if is_late {
            world.claim().await;
            operate(&world.audience, "/resume").await;
        }
        let a = &world.audience;
        let lsn = column(&a.owner, "select pg_current_wal_insert_lsn()").await.remove(0);
        let path = format!("/stakeholders/{}/position?lsn={lsn}&wait=60s", a.reader.id);
        assert_eq!(a.app.get(&path).await.expect(200).data()["processed"], true);
        world.judge(0, told[0], &happened).await;
        world.judge(1, told[1], &happened).await;
    }
}
