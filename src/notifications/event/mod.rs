//! What a change becomes for one channel: nothing, or an event with just what its
//! stakeholder listens to and may read.

mod body;
mod row;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::{Hearing, Outgoing};
use crate::changes::pgoutput::{self, Message, Old};
use crate::changes::{Entry, Kind, Position, Shape};
use crate::error::{Error, Result};
use crate::spec::{Condition, Event, Events, quoted};
use row::Row;

/// Makes events out of changes, for one channel.
pub struct Projector {
    source: Arc<str>,
    channel: String,
    hearings: Arc<Vec<Hearing>>,
    /// What is told of the changes of each shape of table; nothing of most.
    plans: HashMap<i64, Option<Arc<Plan>>>,
}

/// What is told of the changes of one table.
#[derive(Debug)]
struct Plan {
    subject: Arc<str>,
    parts: Vec<Part>,
}

/// One match that names the table.
#[derive(Debug)]
struct Part {
    events: Events,
    condition: Option<Condition>,
    /// Which of the table's columns may be told.
    columns: Vec<bool>,
}

impl Projector {
    /// For a channel of a stakeholder that hears this. The source is a URI.
    pub fn new(source: Arc<str>, channel: &str, hearings: Arc<Vec<Hearing>>) -> Self {
        Self { source, channel: channel.to_owned(), hearings, plans: HashMap::new() }
    }

    /// What the stakeholder hears.
    pub fn hearings(&self) -> &Arc<Vec<Hearing>> {
        &self.hearings
    }

    /// From now on the stakeholder hears this.
    pub fn hear(&mut self, hearings: Arc<Vec<Hearing>>) {
        self.hearings = hearings;
        self.plans.clear();
    }

    /// The event of a change, if the channel is to be told of it.
    pub fn project(&mut self, entry: &Entry) -> Result<Option<Outgoing>> {
        let Some(shape) = &entry.shape else { return Ok(None) };
        let Some(plan) = self.plan(shape) else { return Ok(None) };
        if !plan.parts.iter().any(|part| part.wants(entry.kind)) {
            return Ok(None);
        }
        let message = match entry.kind {
            Kind::Truncate => None,
            _ => Some(pgoutput::decode(&entry.message).map_err(Error::internal)?),
        };
        let (new, old) = tuples(message);
        let row = Row { shape, new, old };
        let mut columns = vec![false; shape.relation.columns.len()];
        let mut is_told = false;
        for part in plan.parts.iter().filter(|part| part.wants(entry.kind)) {
            if part.holds(entry.kind, &row) {
                is_told = true;
                columns.iter_mut().zip(&part.columns).for_each(|(told, may)| *told |= may);
            }
        }
        if !is_told {
            return Ok(None);
        }
        let id: Arc<str> = entry.position.to_string().into();
        let body = body::change(&self.source, &id, &plan.subject, entry, &row, &columns);
        Ok(Some(Outgoing {
            position: entry.position,
            order: order(entry, &row),
            subject: Arc::clone(&plan.subject),
            body: body.into(),
            id,
        }))
    }

    /// The event that says that changes are missing before it.
    pub fn gap(&self, from: Position, to: Position, reason: &str) -> Outgoing {
        let id: Arc<str> = format!("{to}:gap").into();
        let body = body::gap(&self.source, &id, from, to, reason);
        Outgoing {
            position: to,
            order: Outgoing::BARRIER,
            subject: "".into(),
            body: body.into(),
            id,
        }
    }

    fn plan(&mut self, shape: &Shape) -> Option<Arc<Plan>> {
        if let Some(plan) = self.plans.get(&shape.id) {
            return plan.clone();
        }
        let relation = &shape.relation;
        let parts: Vec<Part> = self
            .hearings
            .iter()
            .filter(|hearing| hearing.schema == relation.schema && hearing.table == relation.table)
            .filter(|hearing| hearing.listens.channels.contains(&self.channel))
            .map(|hearing| Part {
                events: hearing.listens.events,
                condition: hearing.listens.condition.clone(),
                columns: relation
                    .columns
                    .iter()
                    .map(|column| hearing.columns.iter().any(|name| *name == column.name))
                    .collect(),
            })
            .collect();
        let subject = format!("{}.{}", quoted(&relation.schema), quoted(&relation.table)).into();
        let plan = (!parts.is_empty()).then(|| Arc::new(Plan { subject, parts }));
        self.plans.insert(shape.id, plan.clone());
        plan
    }
}

impl Part {
    fn wants(&self, kind: Kind) -> bool {
        match kind {
            Kind::Insert => self.events.contains(Event::Insert),
            Kind::Update => self.events.contains(Event::Update),
            Kind::Delete => self.events.contains(Event::Delete),
            Kind::Truncate => self.events.contains(Event::Truncate),
            Kind::Read => true,
            Kind::Gap => false,
        }
    }

    /// Whether the condition lets the change through. What can't be decided is told:
    /// nobody is to miss anything.
    fn holds(&self, kind: Kind, row: &Row<'_>) -> bool {
        let Some(condition) = &self.condition else { return true };
        if kind == Kind::Truncate {
            return true;
        }
        let new = |name: &str| row.known_new(name, &self.columns);
        let old = |name: &str| row.known_old(name, &self.columns);
        let judgement = match kind {
            Kind::Delete => condition.judge(&old, &old),
            _ => condition.judge(&new, &old),
        };
        judgement.unwrap_or(true)
    }
}

/// An event of no change, by which an operator sees whether a channel works.
pub fn test(source: &str, id: &str) -> Outgoing {
    Outgoing {
        position: Position::default(),
        id: id.into(),
        subject: "".into(),
        order: Outgoing::BARRIER,
        body: body::test(source, id).into(),
    }
}

fn tuples(message: Option<Message<'_>>) -> (Option<pgoutput::Tuple<'_>>, Option<Old<'_>>) {
    match message {
        Some(Message::Insert { new, .. }) => (Some(new), None),
        Some(Message::Update { new, old, .. }) => (Some(new), old),
        Some(Message::Delete { old, .. }) => (None, Some(old)),
        _ => (None, None),
    }
}

/// What must arrive in order has the same number: changes of one row; of a table
/// whose rows have no key, all of them. What concerns several rows stands between
/// everything before and everything after it.
fn order(entry: &Entry, row: &Row<'_>) -> u64 {
    if entry.kind == Kind::Truncate || matches!(row.old, Some(Old::Key(_))) && row.new.is_some() {
        return Outgoing::BARRIER;
    }
    let mut hasher = DefaultHasher::new();
    row.shape.relation.id.hash(&mut hasher);
    for text in row.key() {
        text.hash(&mut hasher);
    }
    hasher.finish().min(Outgoing::BARRIER - 1)
}
