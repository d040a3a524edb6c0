//! Random documents, mostly such as fit the database as it is.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};

use crate::catalog::{Catalog, Column, Relation};
use crate::ddl::{COLUMNS, SCHEMAS};
use crate::document::{Alternative, Columns, Document, Field, Match, Wanted};

/// A document; every other one keeps some of what stood in the one before.
pub fn document(random: &mut StdRng, now: &Catalog, before: &[Match]) -> Document {
    let mut document: Document =
        (0..random.random_range(0..3)).map(|_| claim(random, now)).collect();
    if random.random_ratio(3, 4) {
        document.extend(before.iter().filter(|_| random.random_ratio(2, 3)).take(3).cloned());
    }
    document
}

fn claim(random: &mut StdRng, now: &Catalog) -> Match {
    let count = if random.random_ratio(1, 3) { 2 } else { 1 };
    let mut alternatives: Vec<_> = (0..count).map(|_| alternative(random, now)).collect();
    let optional = random.random_ratio(1, 6);
    if !optional {
        // A required one has an alternative that isn't only planned.
        alternatives[0].planned = false;
    }
    Match { optional, alternatives }
}

fn alternative(random: &mut StdRng, now: &Catalog) -> Alternative {
    if random.random_ratio(1, 10) {
        let schema = (*SCHEMAS.choose(random).expect("a schema")).to_owned();
        let planned = random.random_ratio(1, 4);
        return Alternative { schema, table: None, planned, columns: Columns::Every };
    }
    let Some(relation) = now.relations.values().choose(random) else {
        return imagined(random, true);
    };
    if random.random_ratio(1, 12) {
        let planned = random.random_ratio(3, 4);
        return imagined(random, planned);
    }
    let columns = match random.random_range(0..8) {
        0 => Columns::Named(Vec::new()),
        1 | 2 => Columns::Every,
        _ => {
            let count = random.random_range(1..3);
            Columns::Named((0..count).filter_map(|_| field(random, relation)).collect())
        }
    };
    Alternative {
        schema: relation.schema.clone(),
        table: Some(relation.name.clone()),
        planned: random.random_ratio(1, 10),
        columns,
    }
}

/// A table that probably isn't there.
fn imagined(random: &mut StdRng, planned: bool) -> Alternative {
    let schema = (*SCHEMAS.choose(random).expect("a schema")).to_owned();
    let table = Some(format!("t{}", random.random_range(0..5)));
    Alternative { schema, table, planned, columns: Columns::Every }
}

fn field(random: &mut StdRng, relation: &Relation) -> Option<Field> {
    let count = if random.random_ratio(1, 3) { 2 } else { 1 };
    let optional = random.random_ratio(1, 8);
    let mut options: Vec<Wanted> = Vec::new();
    for _ in 0..count {
        options.push(wanted(random, relation)?);
    }
    if options.len() > 1 && !optional {
        options[0].planned = false;
    }
    Some(Field { optional, options })
}

fn wanted(random: &mut StdRng, relation: &Relation) -> Option<Wanted> {
    if random.random_ratio(1, 8) {
        let name = (*COLUMNS.choose(random)?).to_owned();
        return Some(Wanted { name, planned: random.random_ratio(4, 5), ..Wanted::default() });
    }
    let column = relation.columns.choose(random)?;
    Some(Wanted {
        name: column.name.clone(),
        type_name: type_name(random, column),
        min_length: min_length(random, column),
        is_nullable: match random.random_range(0..6) {
            0 => Some(false).filter(|_| !column.is_nullable() || random.random_ratio(1, 10)),
            1 => Some(true),
            _ => None,
        },
        planned: random.random_ratio(1, 10),
    })
}

fn type_name(random: &mut StdRng, column: &Column) -> Option<String> {
    const NAMES: [&str; 14] = [
        "int",
        "integer",
        "bigint",
        "text",
        "varchar",
        "character varying",
        "numeric",
        "text[]",
        "ARRAY",
        "USER-DEFINED",
        "mood",
        "public.mood",
        "code",
        "temper",
    ];
    if random.random_ratio(2, 3) {
        return None;
    }
    let is_wrong = random.random_ratio(1, 15);
    let fitting = NAMES.iter().filter(|name| is_wrong || column.is_called(name));
    fitting.choose(random).map(|name| (*name).to_owned())
}

fn min_length(random: &mut StdRng, column: &Column) -> Option<i64> {
    if random.random_ratio(3, 4) {
        return None;
    }
    let length = column.length().unwrap_or(100);
    let is_too_much = random.random_ratio(1, 15);
    Some(if is_too_much { length + 1 } else { random.random_range(0..=length) })
}
