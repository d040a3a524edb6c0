//! What a change, or an alert, becomes for one channel: nothing, or an event with just
//! what its stakeholder listens to and may read.

mod body;
mod row;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::backfill::Asked;
use super::{Ear, Outgoing};
use crate::changes::alert::Alert;
use crate::changes::pgoutput::{self, Field, Message, Old, Tuple};
use crate::changes::{Entry, Kind, Position, Shape};
use crate::error::{Error, Result};
use crate::spec::{AlertKind, Condition, Event, Events, quoted};
use row::Row;

/// Makes events out of changes, for one channel.
pub struct Projector {
    source: Arc<str>,
    stakeholder: i64,
    channel: String,
    ear: Arc<Ear>,
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
    match_no: i32,
    events: Events,
    condition: Option<Condition>,
    /// Which of the table's columns may be told.
    columns: Vec<bool>,
}

impl Projector {
    /// For a channel of a stakeholder that hears this. The source is a URI.
    pub fn new(source: Arc<str>, stakeholder: i64, channel: &str, ear: Arc<Ear>) -> Self {
        Self { source, stakeholder, channel: channel.to_owned(), ear, plans: HashMap::new() }
    }

    /// What the stakeholder hears.
    pub fn ear(&self) -> &Arc<Ear> {
        &self.ear
    }

    /// From now on the stakeholder hears this.
    pub fn hear(&mut self, ear: Arc<Ear>) {
        self.ear = ear;
        self.plans.clear();
    }

    /// The event of a change, if the channel is to be told of it; of a row that a
    /// backfill read, if that is what its stakeholder asked for.
    pub fn project(&mut self, entry: &Entry, asked: Option<&Asked>) -> Result<Option<Outgoing>> {
        if entry.kind == Kind::Alert {
            return self.alert(entry);
        }
        let asked = asked.filter(|asked| asked.channels.contains(&self.channel));
        let Some(shape) = &entry.shape else { return Ok(None) };
        let Some(plan) = self.plan(shape) else { return Ok(None) };
        if !plan.parts.iter().any(|part| part.wants(entry.kind, asked)) {
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
        for part in plan.parts.iter().filter(|part| part.wants(entry.kind, asked)) {
            let condition = asked.and_then(|asked| asked.condition.as_ref());
            if [part.condition.as_ref(), condition]
                .into_iter()
                .flatten()
                .all(|condition| holds(condition, entry.kind, &row, &part.columns))
            {
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

    /// The event of an alert, if it is for this stakeholder, which wants to hear of its
    /// kind by this channel.
    fn alert(&self, entry: &Entry) -> Result<Option<Outgoing>> {
        let Some(Alert { content, .. }) = Alert::of(self.stakeholder, &entry.message)? else {
            return Ok(None);
        };
        let wanted = self.ear.alerts.as_ref();
        let wanted = wanted.filter(|alerts| alerts.channels.contains(&self.channel));
        let kind = AlertKind::ALL.into_iter().find(|kind| kind.as_str() == content.kind);
        let Some(kind) = kind.filter(|kind| wanted.is_some_and(|all| all.kinds.contains(*kind)))
        else {
            return Ok(None);
        };
        let id: Arc<str> = entry.position.to_string().into();
        let body = body::alert(&self.source, &id, kind, entry.committed_at, content.data.get());
        Ok(Some(Outgoing {
            position: entry.position,
            order: Outgoing::ALERT,
            subject: "".into(),
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
            .ear
            .hearings
            .iter()
            .filter(|hearing| hearing.schema == relation.schema && hearing.table == relation.table)
            .filter(|hearing| hearing.listens.channels.contains(&self.channel))
            .map(|hearing| Part {
                match_no: hearing.match_no,
                events: hearing.listens.events,
                condition: hearing.listens.condition.clone(),
                columns: may_be_told(shape, &hearing.columns),
            })
            .collect();
        let subject = format!("{}.{}", quoted(&relation.schema), quoted(&relation.table)).into();
        let plan = (!parts.is_empty()).then(|| Arc::new(Plan { subject, parts }));
        self.plans.insert(shape.id, plan.clone());
        plan
    }
}

impl Part {
    fn wants(&self, kind: Kind, asked: Option<&Asked>) -> bool {
        match kind {
            Kind::Insert => self.events.contains(Event::Insert),
            Kind::Update => self.events.contains(Event::Update),
            Kind::Delete => self.events.contains(Event::Delete),
            Kind::Truncate => self.events.contains(Event::Truncate),
            Kind::Read => asked.is_some_and(|asked| asked.match_no == self.match_no),
            Kind::Alert | Kind::Gap => false,
        }
    }
}

/// Whether a condition lets a change through, by the columns that may be told. What
/// can't be decided is told: nobody is to miss anything.
fn holds(condition: &Condition, kind: Kind, row: &Row<'_>, may: &[bool]) -> bool {
    if kind == Kind::Truncate {
        return true;
    }
    let new = |name: &str| row.known_new(name, may);
    let old = |name: &str| row.known_old(name, may);
    let judgement = match kind {
        Kind::Delete => condition.judge(&old, &old),
        _ => condition.judge(&new, &old),
    };
    judgement.unwrap_or(true)
}

/// Whether conditions let a row through that was read, by the columns that may be told.
pub fn is_asked_for(
    shape: &Shape,
    fields: Vec<Field<'_>>,
    may: &[String],
    conditions: &[&Condition],
) -> bool {
    let row = Row { shape, new: Some(Tuple { fields }), old: None };
    let may = may_be_told(shape, may);
    conditions.iter().all(|condition| holds(condition, Kind::Read, &row, &may))
}

/// Which of a table's columns are among these.
fn may_be_told(shape: &Shape, names: &[String]) -> Vec<bool> {
    let columns = shape.relation.columns.iter();
    columns.map(|column| names.iter().any(|name| *name == column.name)).collect()
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

fn tuples(message: Option<Message<'_>>) -> (Option<Tuple<'_>>, Option<Old<'_>>) {
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
    hasher.finish().min(Outgoing::ALERT - 1)
}
