//! One session at a time: every verdict of the engine is the model's, on
//! migrations and on documents, both ways.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};

use crate::catalog::Catalog;
use crate::claimant::Claimant;
use crate::judge::Claims;
use crate::session::{LEVELS, REFUSED, Session};
use crate::support::Stakeholder;
use crate::world::World;
use crate::{ddl, draw};

/// What each stakeholder claims and has seen, as the engine must believe inside
/// a transaction.
type Beliefs = BTreeMap<i64, Claims>;

pub struct Alone<'a> {
    pub world: World,
    pub session: Session,
    pub claimant: Claimant<'a>,
    pub random: StdRng,
}

impl Alone<'_> {
    /// A migration, or another document.
    pub async fn turn(&mut self) {
        if self.random.random_ratio(1, 6) {
            self.claim().await;
        } else if self.migrate().await.is_err() {
            self.session.must("rollback").await;
        }
        self.world.is_as_believed().await;
    }

    async fn claim(&mut self) {
        let now = self.world.catalog.clone();
        let party = self.world.parties.values().choose(&mut self.random).expect("a party");
        let (stakeholder, before) = (party.stakeholder.clone(), party.claims.document.clone());
        if self.random.random_ratio(1, 15) {
            return self.replace(&stakeholder).await;
        }
        let document = draw::document(&mut self.random, &now, &before);
        let expected = Claims::put(document.clone(), &now).may_replace(&before, &now);
        let is_taken = self.claimant.put(&stakeholder, &document).await;
        self.world.journal.insist(is_taken == expected, || {
            format!("taken: {is_taken}\nbefore: {before:#?}\n{document:#?}\n{now:#?}")
        });
        if is_taken {
            self.world.has_put(stakeholder.id, document);
        }
    }

    /// A stakeholder goes, and another comes.
    async fn replace(&mut self, stakeholder: &Stakeholder) {
        let is_gone = self.claimant.delete(stakeholder).await;
        self.world.journal.insist(is_gone, || format!("{} stays", stakeholder.name));
        self.world.has_gone(stakeholder.id);
        self.world.welcome(self.claimant.app.stakeholder("model").await);
    }

    /// Fails where the transaction is at its end without COMMIT.
    async fn migrate(&mut self) -> Result<(), String> {
        let level = LEVELS.choose(&mut self.random).expect("a level");
        self.session.must(&format!("begin isolation level {level}")).await;
        let mut beliefs = self.beliefs();
        for _ in 0..self.random.random_range(1..=3) {
            if self.random.random_ratio(1, 4) {
                let before = beliefs.clone();
                self.session.must("savepoint before").await;
                let step = self.step(&mut beliefs).await;
                if step.is_err() || self.random.random_ratio(1, 4) {
                    self.session.must("rollback to savepoint before").await;
                    beliefs = before;
                }
            } else {
                self.step(&mut beliefs).await?;
            }
        }
        if self.random.random_ratio(1, 12) {
            return Err("changed its mind".to_owned());
        }
        self.verdict("commit", &mut beliefs).await.or(Ok(()))
    }

    /// A statement, and at times a validation.
    async fn step(&mut self, beliefs: &mut Beliefs) -> Result<(), String> {
        let sql = ddl::statement(&mut self.random, &self.session.look().await);
        self.session.run(&sql).await?;
        if self.random.random_ratio(1, 4) {
            let validate = "select public.integratedb_validate_migration(), model.note()";
            self.verdict(validate, beliefs).await?;
        }
        Ok(())
    }

    /// Runs what validates: it is refused just if the model says so.
    async fn verdict(&self, sql: &str, beliefs: &mut Beliefs) -> Result<(), String> {
        let now = self.session.look().await;
        let unmet: Vec<String> = beliefs.values().flat_map(|claims| claims.unmet(&now)).collect();
        let outcome = self.session.run(sql).await;
        let is_refused = outcome == Err(REFUSED.to_owned());
        self.world.journal.insist(outcome.is_ok() || is_refused, || format!("{sql}: {outcome:?}"));
        self.world.journal.insist(is_refused != unmet.is_empty(), || {
            format!("refused: {is_refused}, but unmet are {unmet:#?}\n{beliefs:#?}\n{now:#?}")
        });
        follow(beliefs, &now);
        self.world.journal.count(if is_refused { "refused" } else { "passed" });
        outcome
    }

    fn beliefs(&self) -> Beliefs {
        let parties = self.world.parties.iter();
        parties.map(|(id, party)| (*id, party.claims.clone())).collect()
    }
}

fn follow(beliefs: &mut Beliefs, now: &Catalog) {
    for claims in beliefs.values_mut() {
        claims.follow(now);
    }
}
