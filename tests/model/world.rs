//! What the model believes: who claims what, and what has been seen. It reads the
//! history of what the engine let pass, in order, and judges each state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;

use crate::catalog::{Catalog, Path};
use crate::document::Document;
use crate::journal::Journal;
use crate::judge::Claims;
use crate::privileges;
use crate::support::{Client, Stakeholder, column};

/// A stakeholder, and what is known of it.
pub struct Party {
    pub stakeholder: Stakeholder,
    pub claims: Claims,
    /// Of the row that holds the document in force.
    version: Option<String>,
    /// What the API has taken and history has not shown yet.
    taken: VecDeque<Document>,
    is_gone: bool,
}

pub struct World {
    /// A superuser's connection.
    client: Client,
    pub journal: Journal,
    pub parties: BTreeMap<i64, Party>,
    pub catalog: Catalog,
    /// How many transactions have been judged.
    pub commits: u64,
    /// Of the last transaction: its xid, and how many had passed the fence.
    last: (String, i64),
}

/// What the registry says at one moment.
#[derive(Debug, Deserialize)]
struct Registry {
    versions: BTreeMap<String, String>,
    unsure: BTreeSet<Path>,
}

impl World {
    pub fn new(client: Client, journal: Journal) -> Self {
        let (parties, catalog) = (BTreeMap::new(), Catalog::default());
        Self { client, journal, parties, catalog, commits: 0, last: (String::new(), 0) }
    }

    pub fn welcome(&mut self, stakeholder: Stakeholder) {
        let (claims, taken) = (Claims::default(), VecDeque::new());
        let party = Party { claims, taken, version: None, is_gone: false, stakeholder };
        self.parties.insert(party.stakeholder.id, party);
    }

    /// The API has taken a document.
    pub fn has_put(&mut self, id: i64, document: Document) {
        self.party(id).taken.push_back(document);
    }

    /// The API has deleted a stakeholder.
    pub fn has_gone(&mut self, id: i64) {
        self.party(id).is_gone = true;
    }

    fn party(&mut self, id: i64) -> &mut Party {
        self.parties.get_mut(&id).expect("a party")
    }

    /// Reads on in the history, and judges every state in it.
    pub async fn catch_up(&mut self) {
        let sql = "with read as (delete from model.history returning *)
            select json_build_array(xid::text, passed, author, catalog, registry)
            from read order by passed, no";
        for row in column(&self.client, sql).await {
            let (xid, passed, author, catalog, registry): (String, i64, String, String, String) =
                serde_json::from_str(&row).expect("a row of history");
            self.journal.note("history", &author, &format!("{xid}, passed {passed}"));
            if xid != self.last.0 {
                let is_later = passed > self.last.1;
                self.journal.insist(is_later, || format!("{xid} has committed without the fence"));
                self.commits += 1;
            }
            self.last = (xid, passed);
            self.catalog = Catalog::parse(&catalog);
            self.judge(&serde_json::from_str(&registry).expect("a registry"));
        }
        let is_told = self.parties.values().all(Party::is_told);
        self.journal.insist(is_told, || "what the API answered is not in the history".to_owned());
        self.parties.retain(|_, party| !party.is_gone);
    }

    /// A state that the engine has let pass.
    fn judge(&mut self, registry: &Registry) {
        let now = &self.catalog;
        for (id, party) in &mut self.parties {
            let version = registry.versions.get(&id.to_string());
            if version != party.version.as_ref() {
                party.claims = Claims::default();
                if version.is_some() {
                    let document = party.taken.pop_front().unwrap_or_else(|| {
                        let name = &party.stakeholder.name;
                        self.journal.fail(&format!("{name} has claims that nobody put"))
                    });
                    party.claims = Claims::put(document, now);
                }
                party.version = registry.versions.get(&id.to_string()).cloned();
            }
            let unmet = party.claims.unmet(now);
            self.journal.insist(unmet.is_empty(), || {
                let party = (&party.stakeholder.name, &party.claims);
                format!("unmet: {unmet:?}\n{party:#?}\n{now:#?}")
            });
            party.claims.follow(now);
        }
        self.compare_privileges(&registry.unsure);
    }

    /// Privileges are what is claimed, but where the engine says that it was kept
    /// from it.
    fn compare_privileges(&self, unsure: &BTreeSet<Path>) {
        for party in self.parties.values() {
            let differences = privileges::differences(&self.catalog, party, unsure);
            self.journal.insist(differences.is_empty(), || {
                let party = (&party.stakeholder.name, &party.claims);
                format!("{differences:#?}\n{party:#?}\n{:#?}", self.catalog)
            });
        }
    }

    /// Nobody is at work: the database is what the history said last, and each
    /// privilege what is claimed, without exception.
    pub async fn is_as_believed(&mut self) {
        self.catch_up().await;
        let outside = column(&self.client, "select state from model.catalog").await;
        let outside = Catalog::parse(&outside[0]);
        self.journal.insist(outside == self.catalog, || {
            format!("history ends with {:#?}\nbut there is {outside:#?}", self.catalog)
        });
        self.compare_privileges(&BTreeSet::new());
    }

    /// What was held back while somebody was at work is granted now.
    pub async fn sync(&mut self) {
        self.catch_up().await;
        column(&self.client, "select public.integratedb_sync()").await;
        let synced = column(&self.client, "select state from model.catalog").await;
        self.catalog = Catalog::parse(&synced[0]);
    }
}

impl Party {
    fn is_told(&self) -> bool {
        self.taken.is_empty() && !(self.is_gone && self.version.is_some())
    }
}
