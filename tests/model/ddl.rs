//! Random statements of migrations, mostly such as can run on the database as it
//! is. Names come from small sets, so that what is dropped comes back.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};

use crate::catalog::{Catalog, Column, Relation};

/// What the first statements make, and later ones change.
pub const BEGINNING: &str = "
    create schema s0;
    create schema s1;
    create type public.mood as enum ('glad', 'sad');
    create domain public.code as varchar(20);
";

pub const SCHEMAS: [&str; 4] = ["public", "s0", "s1", "s2"];
pub const COLUMNS: [&str; 6] = ["a", "b", "c", "d", "Odd one", "order"];
const TYPES: [&str; 11] = [
    "integer",
    "bigint",
    "text",
    "varchar(10)",
    "varchar(20)",
    "varchar(40)",
    "varchar",
    "numeric(8, 2)",
    "numeric(12, 2)",
    "text[]",
    "public.mood",
];

/// A statement, or two that belong together.
pub fn statement(random: &mut StdRng, now: &Catalog) -> String {
    let statement = match random.random_range(0..100) {
        0..34 => of_a_column(random, now),
        34..46 => of_a_limit(random, now),
        46..72 => of_a_table(random, now),
        72..84 => of_a_view(random, now),
        84..91 => of_a_partition(random, now),
        91..96 => of_a_type(random),
        _ => of_a_schema(random, now),
    };
    statement.unwrap_or_else(|| create_table(random))
}

fn of_a_column(random: &mut StdRng, now: &Catalog) -> Option<String> {
    let table = any(random, now, "rp")?;
    let name = quoted(table);
    if table.columns.is_empty() || random.random_ratio(1, 3) {
        return Some(format!("alter table {name} add column {}", new_column(random, table)));
    }
    let column = table.columns.choose(random)?;
    let old = &column.name;
    let change = match random.random_range(0..12) {
        0..3 => format!("drop column \"{old}\" {}", cascade(random)),
        3..5 => format!("rename column \"{old}\" to \"{}\"", COLUMNS.choose(random)?),
        5..9 => {
            let new = TYPES.choose(random)?;
            format!("alter column \"{old}\" type {new} using null::{new}")
        }
        9..11 => format!("alter column \"{old}\" set not null"),
        _ => format!("alter column \"{old}\" drop not null"),
    };
    Some(format!("alter table {name} {change}"))
}

/// A column that somebody reads gets a little wider, or narrower.
fn of_a_limit(random: &mut StdRng, now: &Catalog) -> Option<String> {
    let tables = now.relations.values().filter(|table| "rp".contains(table.kind));
    let columns = tables.flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    let read = columns.filter(|(_, column)| !column.readers.is_empty());
    let limited = |column: &Column| {
        column.length().filter(|_| ["character varying", "numeric"].contains(&&*column.type_name()))
    };
    let limited = read.filter_map(|(table, column)| Some((table, column, limited(column)?)));
    let (table, column, length) = limited.choose(random)?;
    let is_wider = random.random_bool(0.5);
    let by = |step: i64| if is_wider { length + step } else { (length - step).max(step) };
    let new = match column.type_name().as_str() {
        "numeric" => format!("numeric({}, 2)", by(4)),
        _ => format!("varchar({})", by(10)),
    };
    let (table, column) = (quoted(table), &column.name);
    Some(format!("alter table {table} alter column \"{column}\" type {new}"))
}

fn of_a_table(random: &mut StdRng, now: &Catalog) -> Option<String> {
    if now.relations.len() < 6 || random.random_ratio(1, 5) {
        return Some(create_table(random));
    }
    let table = any(random, now, "rp")?;
    let name = quoted(table);
    Some(match random.random_range(0..10) {
        0..2 => format!("drop table {name} {}", cascade(random)),
        2..4 => format!("alter table {name} rename to {}", new_name(random, 't')),
        4..6 => format!("alter table {name} set schema {}", SCHEMAS.choose(random)?),
        6..8 if table.kind == 'r' => made_again(random, table),
        8 => format!("create index on {name} ((1))"),
        _ => format!("comment on table {name} is 'seen'"),
    })
}

/// Drops a table and makes it again, sometimes a little different.
fn made_again(random: &mut StdRng, table: &Relation) -> String {
    let name = quoted(table);
    let left_out = random.random_range(0..table.columns.len().max(1) * 3);
    let columns = table.columns.iter().enumerate().filter(|(no, _)| *no != left_out);
    let columns: Vec<String> = columns.map(|(_, column)| declaration(column)).collect();
    format!("drop table {name} {}; create table {name} ({})", cascade(random), columns.join(", "))
}

fn of_a_view(random: &mut StdRng, now: &Catalog) -> Option<String> {
    if random.random_ratio(1, 2) {
        let table = any(random, now, "rpm")?;
        let columns = table.columns.iter().map(|column| format!("\"{}\"", column.name));
        let columns: Vec<String> = columns.filter(|_| random.random_ratio(3, 4)).collect();
        let kind = *["view", "or replace view", "materialized view"].choose(random)?;
        let (schema, name) = (SCHEMAS.choose(random)?, new_name(random, 'v'));
        let columns = columns.join(", ");
        return Some(format!(
            "create {kind} {schema}.{name} as select {columns} from {}",
            quoted(table)
        ));
    }
    let view = any(random, now, "vm")?;
    let kind = if view.kind == 'v' { "view" } else { "materialized view" };
    let name = quoted(view);
    Some(match random.random_range(0..4) {
        0 => format!("drop {kind} {name} {}", cascade(random)),
        1 => format!("alter {kind} {name} rename to {}", new_name(random, 'v')),
        2 => format!("alter {kind} {name} set schema {}", SCHEMAS.choose(random)?),
        _ => {
            let (old, new) = (view.columns.choose(random)?, COLUMNS.choose(random)?);
            format!("alter {kind} {name} rename column \"{}\" to \"{new}\"", old.name)
        }
    })
}

fn of_a_partition(random: &mut StdRng, now: &Catalog) -> Option<String> {
    let bound = format!("for values in ({})", random.random_range(0..4));
    let schema = SCHEMAS.choose(random)?;
    match random.random_range(0..6) {
        0 => {
            let columns = format!("a integer, b {}", TYPES.choose(random)?);
            let name = new_name(random, 't');
            Some(format!("create table {schema}.{name} ({columns}) partition by list (a)"))
        }
        1 | 2 => {
            let (parent, name) = (quoted(any(random, now, "p")?), new_name(random, 'p'));
            Some(format!("create table {schema}.{name} partition of {parent} {bound}"))
        }
        3 => {
            let (parent, table) = (quoted(any(random, now, "p")?), quoted(any(random, now, "r")?));
            Some(format!("alter table {parent} attach partition {table} {bound}"))
        }
        _ => {
            let partitions = now.relations.values().filter(|table| table.parent.is_some());
            let partition = partitions.choose(random)?;
            let (schema, parent) = partition.parent.as_ref()?;
            let partition = quoted(partition);
            Some(match random.random_range(0..2) {
                0 => format!("drop table {partition} {}", cascade(random)),
                _ => format!("alter table {schema}.{parent} detach partition {partition}"),
            })
        }
    }
}

/// What reaches columns without touching their table.
fn of_a_type(random: &mut StdRng) -> Option<String> {
    let changes = [
        "alter type public.mood rename to temper",
        "alter type public.temper rename to mood",
        "alter type public.mood set schema s0",
        "alter type s0.mood set schema public",
        "alter domain public.code set not null",
        "alter domain public.code drop not null",
    ];
    changes.choose(random).map(|change| (*change).to_owned())
}

fn of_a_schema(random: &mut StdRng, now: &Catalog) -> Option<String> {
    let schemas = SCHEMAS.iter().filter(|name| **name != "public");
    let (schema, other) = (schemas.clone().choose(random)?, schemas.choose(random)?);
    Some(match random.random_range(0..4) {
        _ if !now.schemas.contains_key(*schema) => format!("create schema {schema}"),
        0 => format!("drop schema {schema} {}", cascade(random)),
        _ => format!("alter schema {schema} rename to {other}"),
    })
}

fn create_table(random: &mut StdRng) -> String {
    let names = COLUMNS.iter().filter(|_| random.random_ratio(2, 3)).collect::<Vec<_>>();
    let columns: Vec<String> = names.iter().map(|name| typed(random, name)).collect();
    let schema = SCHEMAS.choose(random).expect("a schema");
    format!("create table {schema}.{} ({})", new_name(random, 't'), columns.join(", "))
}

fn new_column(random: &mut StdRng, table: &Relation) -> String {
    let missing = COLUMNS.iter().filter(|name| table.column(name).is_none());
    let name = missing.choose(random).unwrap_or(&COLUMNS[0]);
    typed(random, name)
}

fn typed(random: &mut StdRng, name: &str) -> String {
    let types = TYPES.iter().chain(["public.code"].iter());
    let type_name = types.choose(random).expect("a type");
    let not_null = if random.random_ratio(1, 3) { " not null" } else { "" };
    format!("\"{name}\" {type_name}{not_null}")
}

fn declaration(column: &Column) -> String {
    let not_null = if column.is_nullable() { "" } else { " not null" };
    format!("\"{}\" {}{not_null}", column.name, column.declared())
}

fn any<'a>(random: &mut StdRng, now: &'a Catalog, kinds: &str) -> Option<&'a Relation> {
    now.relations.values().filter(|relation| kinds.contains(relation.kind)).choose(random)
}

fn new_name(random: &mut StdRng, letter: char) -> String {
    format!("{letter}{}", random.random_range(0..5))
}

fn cascade(random: &mut StdRng) -> &'static str {
    if random.random_ratio(1, 3) { "cascade" } else { "" }
}

fn quoted(relation: &Relation) -> String {
    format!("{}.{}", relation.schema, relation.name)
}
