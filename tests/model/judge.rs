//! The judge: what a document means, written from `docs/specification.md` and
//! without the engine. Says which claims a database doesn't meet, and what a
//! stakeholder can read because of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Column, Path, Relation};
use crate::document::{Alternative, Columns, Document, Field, Match, Wanted};

/// A document in force, with what has been seen of its columns since it was put.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    pub document: Document,
    seen: BTreeMap<Leaf, Seen>,
    /// The tables that `schema.*` has found, by match and alternative.
    members: BTreeMap<(usize, usize), BTreeSet<String>>,
}

/// A column that a document names: by itself (field and option), or through `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Leaf {
    claim: usize,
    alternative: usize,
    table: String,
    named: Named,
    column: String,
}

/// The field and the option of it that name a column.
type Named = Option<(usize, usize)>;

/// The widest that a column has been.
#[derive(Debug, Clone)]
struct Seen {
    type_name: String,
    length: Option<i64>,
    is_nullable: bool,
}

/// Where an alternative stands in a document.
type Place<'a> = (usize, usize, &'a Alternative);

/// A column of a table.
pub type Readable = (Path, String);

impl Claims {
    /// A document that is put now.
    pub fn put(document: Document, now: &Catalog) -> Self {
        let mut claims = Self { document, ..Self::default() };
        claims.follow(now);
        claims
    }

    /// Whether this document may be put in the place of another: all that it names
    /// and doesn't plan is there and matches; what it says as before is only met.
    pub fn may_replace(&self, before: &[Match], now: &Catalog) -> bool {
        self.document.iter().enumerate().all(|(no, claim)| {
            if before.contains(claim) {
                return claim.optional || self.failure(no, now).is_none();
            }
            self.places(no)
                .filter(|place| !place.2.planned)
                .all(|place| self.is_all_there(place, now))
        })
    }

    /// Sees what is there now, and widens with it.
    pub fn follow(&mut self, now: &Catalog) {
        let document = self.document.clone();
        for (claim, alternatives) in document.iter().map(|claim| &claim.alternatives).enumerate() {
            for (no, alternative) in alternatives.iter().enumerate() {
                self.follow_alternative((claim, no, alternative), now);
            }
        }
    }

    fn follow_alternative(&mut self, place: Place, now: &Catalog) {
        let (claim, no, alternative) = place;
        if alternative.table.is_none() {
            let tables = now.relations.values();
            let found = tables.filter(|it| it.schema == alternative.schema && it.parent.is_none());
            let found = found.map(|table| table.name.clone());
            self.members.entry((claim, no)).or_default().extend(found);
        }
        for relation in self.relations(place, now) {
            for (named, wanted) in wanted(alternative, relation) {
                if let Some(column) = relation.column(&wanted.name) {
                    self.see(Leaf::of(place, relation, named, &wanted), &wanted, column);
                }
            }
        }
    }

    fn see(&mut self, leaf: Leaf, wanted: &Wanted, column: &Column) {
        if !self.holds(&leaf, wanted, column) {
            return;
        }
        let seen = self.seen.entry(leaf).or_insert_with(|| Seen {
            type_name: column.type_name(),
            length: column.length(),
            is_nullable: true,
        });
        seen.length = seen.length.zip(column.length()).map(|(one, other)| one.max(other));
        seen.is_nullable &= column.is_nullable();
    }

    /// The required claims that aren't met, in words.
    pub fn unmet(&self, now: &Catalog) -> Vec<String> {
        let required = self.document.iter().enumerate().filter(|(_, claim)| !claim.optional);
        required.filter_map(|(no, _)| self.failure(no, now)).collect()
    }

    /// Why no alternative of a match is met.
    fn failure(&self, claim: usize, now: &Catalog) -> Option<String> {
        let lacks: Vec<_> = self.places(claim).map(|place| self.lacks(place, now)).collect();
        let is_met = lacks.iter().any(Vec::is_empty);
        (!is_met).then(|| format!("match {claim}: {}", lacks.concat().join(", ")))
    }

    fn lacks(&self, place: Place, now: &Catalog) -> Vec<String> {
        let alternative = place.2;
        let schema = &alternative.schema;
        if !now.schemas.contains_key(schema) {
            return vec![format!("schema {schema}")];
        }
        let mut lacks = Vec::new();
        for table in self.tables(place) {
            let Some(relation) = now.relation(schema, &table) else {
                lacks.push(format!("{schema}.{table}"));
                continue;
            };
            let broken = self.broken_columns(place, relation).into_iter();
            lacks.extend(broken.map(|column| format!("{schema}.{table}.{column}")));
        }
        lacks
    }

    fn broken_columns(&self, place: Place, relation: &Relation) -> Vec<String> {
        match &place.2.columns {
            Columns::Every => {
                let needed = self.seen.keys().filter(|leaf| leaf.is_in(place, relation));
                let broken = needed.filter(|leaf| {
                    let column = relation.column(&leaf.column);
                    !column.is_some_and(|column| self.holds(leaf, &Wanted::default(), column))
                });
                broken.map(|leaf| leaf.column.clone()).collect()
            }
            Columns::Named(fields) => {
                let fields = fields.iter().enumerate().filter(|(_, field)| !field.optional);
                let broken =
                    fields.filter(|(no, field)| self.is_broken(place, relation, *no, field));
                broken.map(|(_, field)| format!("{:?}", field.options)).collect()
            }
        }
    }

    /// A field is broken if no option of it holds; but not one that is planned and
    /// was never there.
    fn is_broken(&self, place: Place, relation: &Relation, no: usize, field: &Field) -> bool {
        let options = field.options.iter().enumerate();
        let mut leaves = options.map(|(option, wanted)| {
            (Leaf::of(place, relation, Some((no, option)), wanted), wanted)
        });
        let is_awaited = field.options.iter().all(|option| option.planned)
            && leaves.clone().all(|(leaf, _)| !self.seen.contains_key(&leaf));
        let has_one = leaves.any(|(leaf, wanted)| {
            relation.column(&wanted.name).is_some_and(|column| self.holds(&leaf, wanted, column))
        });
        !has_one && !is_awaited
    }

    fn holds(&self, leaf: &Leaf, wanted: &Wanted, column: &Column) -> bool {
        let seen = self.seen.get(leaf);
        let is_as_seen = seen.is_none_or(|seen| seen.type_name == column.type_name());
        let type_holds = match wanted.type_name.as_deref() {
            None => is_as_seen,
            Some(words @ ("ARRAY" | "USER-DEFINED")) => column.is_called(words),
            // A bare name is the type of that name that was seen first.
            Some(name) => column.is_called(name) && is_as_seen,
        };
        let unlimited = i64::MAX;
        let seen_length = seen.map(|seen| seen.length.unwrap_or(unlimited));
        let needed = wanted.min_length.or(seen_length).unwrap_or(0);
        let may_be_null = wanted.is_nullable.or(seen.map(|seen| seen.is_nullable)).unwrap_or(true);
        type_holds
            && column.length().unwrap_or(unlimited) >= needed
            && (may_be_null || !column.is_nullable())
    }

    fn is_all_there(&self, place: Place, now: &Catalog) -> bool {
        let alternative = place.2;
        let relation_is_there = match &alternative.table {
            None => now.schemas.contains_key(&alternative.schema),
            Some(table) => now.relation(&alternative.schema, table).is_some(),
        };
        relation_is_there
            && self.relations(place, now).into_iter().all(|relation| {
                let mut unplanned = wanted(alternative, relation).filter(|(_, it)| !it.planned);
                unplanned.all(|(named, wanted)| {
                    let leaf = Leaf::of(place, relation, named, &wanted);
                    relation
                        .column(&wanted.name)
                        .is_some_and(|column| self.holds(&leaf, &wanted, column))
                })
            })
    }

    /// What may be read: each column that is named and there.
    pub fn readable(&self, now: &Catalog) -> BTreeSet<Readable> {
        let mut readable = BTreeSet::new();
        for place in (0..self.document.len()).flat_map(|claim| self.places(claim)) {
            for relation in self.relations(place, now) {
                for (_, wanted) in wanted(place.2, relation) {
                    if relation.column(&wanted.name).is_some() {
                        readable.insert((relation.path(), wanted.name));
                    }
                }
            }
        }
        readable
    }

    /// The schemas in which something that is claimed is there.
    pub fn usable(&self, now: &Catalog) -> BTreeSet<String> {
        let places = (0..self.document.len()).flat_map(|claim| self.places(claim));
        let usable = places.filter(|place| match place.2.table {
            None => now.schemas.contains_key(&place.2.schema),
            Some(_) => !self.relations(*place, now).is_empty(),
        });
        usable.map(|place| place.2.schema.clone()).collect()
    }

    fn places(&self, claim: usize) -> impl Iterator<Item = Place<'_>> {
        let alternatives = self.document[claim].alternatives.iter().enumerate();
        alternatives.map(move |(no, alternative)| (claim, no, alternative))
    }

    fn tables(&self, (claim, no, alternative): Place) -> BTreeSet<String> {
        match &alternative.table {
            Some(table) => [table.clone()].into(),
            None => self.members.get(&(claim, no)).cloned().unwrap_or_default(),
        }
    }

    fn relations<'c>(&self, place: Place, now: &'c Catalog) -> Vec<&'c Relation> {
        let tables = self.tables(place);
        tables.iter().filter_map(|table| now.relation(&place.2.schema, table)).collect()
    }
}

impl Leaf {
    fn of(
        (claim, alternative, _): Place,
        relation: &Relation,
        named: Named,
        wanted: &Wanted,
    ) -> Self {
        let (table, column) = (relation.name.clone(), wanted.name.clone());
        Self { claim, alternative, table, named, column }
    }

    fn is_in(&self, (claim, alternative, _): Place, relation: &Relation) -> bool {
        (self.claim, self.alternative, &self.table) == (claim, alternative, &relation.name)
    }
}

/// What an alternative wants of a table.
fn wanted(
    alternative: &Alternative,
    relation: &Relation,
) -> Box<dyn Iterator<Item = (Named, Wanted)>> {
    match &alternative.columns {
        Columns::Every => {
            let columns = relation.columns.clone().into_iter();
            Box::new(columns.map(|it| (None, Wanted { name: it.name, ..Wanted::default() })))
        }
        Columns::Named(fields) => {
            let fields = fields.clone().into_iter().enumerate();
            Box::new(fields.flat_map(|(no, field)| {
                let options = field.options.into_iter().enumerate();
                options.map(move |(option, wanted)| (Some((no, option)), wanted))
            }))
        }
    }
}
