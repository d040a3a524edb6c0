//! The promise of the product held against a model: random schemas, claims and
//! migrations, and a judge who has read the documentation and not the engine.
//!
//! `INTEGRATEDB_MODEL_SEED` repeats what has failed: a lone session exactly, many
//! with the same choices in another order. `INTEGRATEDB_MODEL_COMMITS` says how
//! long to go on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod alone;
mod catalog;
mod claimant;
mod ddl;
mod document;
mod draw;
mod journal;
mod judge;
mod privileges;
mod session;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the integration tests stand on it too")]
mod support;
mod together;
mod world;

use std::cell::RefCell;
use std::time::Instant;

use integratedb::gate;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::alone::Alone;
use crate::claimant::Claimant;
use crate::journal::Journal;
use crate::session::Session;
use crate::support::{TestApp, run};
use crate::together::{Changer, Migrator, Together};
use crate::world::World;

const STAKEHOLDERS: usize = 4;
const MIGRATORS: usize = 4;
const CHANGERS: usize = 2;

/// How many migrations commit between two moments at which nobody is at work.
const ROUND: u32 = 50;

#[tokio::test]
async fn a_lone_session_is_refused_just_what_would_break_a_claim() {
    let stage = Stage::set().await;
    let mut alone = Alone {
        world: stage.world().await,
        session: stage.session("alone", true).await,
        claimant: stage.claimant("alone"),
        random: stage.random(0),
    };
    while alone.world.commits < stage.commits / 5 {
        alone.turn().await;
        if alone.world.commits.is_multiple_of(u64::from(ROUND)) {
            privileges::try_to_read(&stage.app, &alone.world).await;
        }
    }
    stage.conclude(alone.world.commits);
}

#[tokio::test]
async fn no_commit_of_many_sessions_breaks_a_claim_or_grants_what_none_claims() {
    let stage = Stage::set().await;
    let mut together = stage.together().await;
    while together.world.borrow().commits < stage.commits * 4 / 5 {
        together.round(ROUND).await;
        let world = together.world.get_mut();
        world.sync().await;
        world.is_as_believed().await;
        privileges::try_to_read(&stage.app, world).await;
    }
    stage.conclude(together.world.borrow().commits);
}

/// A server with the gate, a history, and a seed.
struct Stage {
    app: TestApp,
    journal: Journal,
    commits: u64,
    started: Instant,
}

impl Stage {
    async fn set() -> Self {
        let seed = setting("INTEGRATEDB_MODEL_SEED").unwrap_or_else(|| rand::rng().random());
        let commits = setting("INTEGRATEDB_MODEL_COMMITS").unwrap_or(3000);
        let app = TestApp::start().await;
        run(&app.database.owner().await, ddl::BEGINNING).await;
        let mut superuser = app.database.superuser().await;
        run(&superuser, include_str!("history.sql")).await;
        // Migrations that wait for each other find out soon.
        let (database, owner) = (&app.database.name, "app_owner");
        let soon = "set deadlock_timeout = '20ms'";
        run(&superuser, &format!("alter role {owner} in database {database} {soon}")).await;
        gate::enable(&mut superuser).await.unwrap();
        Self { app, journal: Journal::new(seed), commits, started: Instant::now() }
    }

    async fn world(&self) -> World {
        let mut world = World::new(self.app.database.superuser().await, self.journal.clone());
        for _ in 0..STAKEHOLDERS {
            world.welcome(self.app.stakeholder("model").await);
        }
        world.is_as_believed().await;
        world
    }

    async fn together(&self) -> Together<'_> {
        let world = RefCell::new(self.world().await);
        let mut migrators = Vec::new();
        for no in 0..MIGRATORS {
            let session = self.session(&format!("migrator {no}"), false).await;
            migrators.push(Migrator { session, random: self.random(no) });
        }
        let mut claimants = Vec::new();
        let parties: Vec<i64> = world.borrow().parties.keys().copied().collect();
        for (no, stakeholders) in parties.chunks(STAKEHOLDERS / CHANGERS).enumerate() {
            let name = format!("claimant {no}");
            claimants.push(Changer {
                claimant: self.claimant(&name),
                session: self.session(&name, false).await,
                stakeholders: stakeholders.to_vec(),
                random: self.random(MIGRATORS + no),
            });
        }
        Together { world, migrators, claimants }
    }

    async fn session(&self, name: &str, is_alone: bool) -> Session {
        let client = self.app.database.owner().await;
        Session::new(client, self.journal.clone(), name, is_alone).await
    }

    fn claimant(&self, name: &str) -> Claimant<'_> {
        Claimant { app: &self.app, journal: self.journal.clone(), name: name.to_owned() }
    }

    /// A stream of choices for each that chooses.
    fn random(&self, no: usize) -> StdRng {
        StdRng::seed_from_u64(self.journal.seed.wrapping_add(no as u64))
    }

    fn conclude(&self, commits: u64) {
        let (seed, tally) = (self.journal.seed, self.journal.tally());
        eprintln!("{commits} commits of seed {seed} in {:?}: {tally}", self.started.elapsed());
    }
}

fn setting(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "the program has no such setting")]
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
