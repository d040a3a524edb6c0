//! How much is to be proved, and with which choices.

use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The plan of one test.
pub struct Plan {
    what: &'static str,
    pub seed: u64,
    pub kills: u64,
    started: Instant,
}

impl Plan {
    /// So many kills of something, if nobody says how many.
    pub fn of(what: &'static str, kills: u64) -> Self {
        let seed = setting("SEED").unwrap_or_else(|| rand::rng().random());
        let kills = setting("KILLS").unwrap_or(kills);
        eprintln!("{kills} kills of {what}, INTEGRATEDB_PROOF_SEED={seed}");
        Self { what, seed, kills, started: Instant::now() }
    }

    pub fn random(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }

    pub fn conclude(&self, figures: &str) {
        let Self { what, seed, kills, started } = self;
        eprintln!("{kills} kills of {what}, seed {seed}, {:?}: {figures}", started.elapsed());
    }
}

/// A setting of the proof: `INTEGRATEDB_PROOF_…`.
pub fn setting(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "the program has no such setting")]
    let value = std::env::var(format!("INTEGRATEDB_PROOF_{name}")).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
