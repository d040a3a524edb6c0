//! Many sessions at once: whatever they do to each other, no state that is
//! committed leaves a claim unmet or a privilege that isn't claimed.

use std::cell::{Cell, RefCell};

use futures::future::{join, join_all};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::claimant::Claimant;
use crate::session::{LEVELS, Session};
use crate::world::World;
use crate::{ddl, draw};

/// Sessions that migrate, and such as claim.
pub struct Together<'a> {
    pub world: RefCell<World>,
    pub migrators: Vec<Migrator>,
    pub claimants: Vec<Changer<'a>>,
}

pub struct Migrator {
    pub session: Session,
    pub random: StdRng,
}

/// Changes the claims of some stakeholders, which are its alone.
pub struct Changer<'a> {
    pub claimant: Claimant<'a>,
    /// Looks at the database before it draws a document.
    pub session: Session,
    pub stakeholders: Vec<i64>,
    pub random: StdRng,
}

impl Together<'_> {
    /// Everybody works until so many migrations have committed.
    pub async fn round(&mut self, commits: u32) {
        let left = Cell::new(commits);
        let world = &self.world;
        let migrations = self.migrators.iter_mut().map(async |migrator| {
            while left.get() > 0 {
                if migrator.migrate().await.is_ok() {
                    left.set(left.get().saturating_sub(1));
                }
            }
        });
        let changes = self.claimants.iter_mut().map(async |changer| {
            while left.get() > 0 {
                changer.change(world).await;
            }
        });
        join(join_all(migrations), join_all(changes)).await;
    }
}

impl Migrator {
    async fn migrate(&mut self) -> Result<(), String> {
        let outcome = self.transaction().await;
        if outcome.is_err() {
            self.session.must("rollback").await;
        }
        outcome
    }

    async fn transaction(&mut self) -> Result<(), String> {
        let level = LEVELS.choose(&mut self.random).expect("a level");
        let now = self.session.look().await;
        if self.random.random_ratio(1, 4) {
            return self.session.run(&ddl::statement(&mut self.random, &now)).await;
        }
        self.session.must(&format!("begin isolation level {level}")).await;
        if self.random.random_bool(0.5) {
            // Takes the snapshot, at the levels that keep one.
            self.session.must("select 1").await;
        }
        for _ in 0..self.random.random_range(1..=3) {
            let sql = ddl::statement(&mut self.random, &now);
            self.step(&sql).await?;
        }
        if self.random.random_ratio(1, 12) {
            return Err("changed its mind".to_owned());
        }
        self.session.run("commit").await
    }

    async fn step(&mut self, sql: &str) -> Result<(), String> {
        if self.random.random_ratio(1, 3) {
            self.session.must("savepoint before").await;
            if self.session.run(sql).await.is_err() || self.random.random_ratio(1, 4) {
                return self.session.run("rollback to savepoint before").await;
            }
        } else {
            self.session.run(sql).await?;
        }
        if self.random.random_ratio(1, 4) {
            let validate = "select public.integratedb_validate_migration(), model.note()";
            self.session.run(validate).await?;
        }
        Ok(())
    }
}

impl Changer<'_> {
    async fn change(&mut self, world: &RefCell<World>) {
        let no = self.random.random_range(0..self.stakeholders.len());
        let id = self.stakeholders[no];
        let (stakeholder, before) = {
            let world = world.borrow();
            let party = &world.parties[&id];
            (party.stakeholder.clone(), party.claims.document.clone())
        };
        if self.random.random_ratio(1, 40) {
            if self.claimant.delete(&stakeholder).await {
                let next = self.claimant.app.stakeholder("model").await;
                self.stakeholders[no] = next.id;
                world.borrow_mut().has_gone(id);
                world.borrow_mut().welcome(next);
            }
            return;
        }
        let now = self.session.look().await;
        let document = draw::document(&mut self.random, &now, &before);
        if self.claimant.put(&stakeholder, &document).await {
            world.borrow_mut().has_put(id, document);
        }
    }
}
