//! What every session has done lately, told when something is wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// How many lines of each session are kept.
const KEPT: usize = 40;

#[derive(Clone)]
pub struct Journal {
    pub seed: u64,
    lines: Arc<Mutex<BTreeMap<String, VecDeque<String>>>>,
    tally: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Journal {
    pub fn new(seed: u64) -> Self {
        Self { seed, lines: Arc::default(), tally: Arc::default() }
    }

    /// Keeps what a session did, and how it ended.
    pub fn note(&self, session: &str, what: &str, outcome: &str) {
        let mut sessions = self.lines.lock().expect("a journal");
        let lines = sessions.entry(session.to_owned()).or_default();
        lines.push_back(format!("{what}  -- {outcome}"));
        if lines.len() > KEPT {
            lines.pop_front();
        }
    }

    /// Counts an outcome.
    pub fn count(&self, outcome: &str) {
        *self.tally.lock().expect("a tally").entry(outcome.to_owned()).or_default() += 1;
    }

    pub fn tally(&self) -> String {
        format!("{:?}", self.tally.lock().expect("a tally"))
    }

    #[track_caller]
    pub fn insist(&self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.fail(&otherwise());
        }
    }

    #[track_caller]
    pub fn fail(&self, why: &str) -> ! {
        let sessions = self.lines.lock().expect("a journal").clone();
        let told = sessions.iter().map(|(session, lines)| {
            format!("== {session}\n{}\n", Vec::from(lines.clone()).join("\n"))
        });
        let seed = self.seed;
        panic!("{}\n{why}\nINTEGRATEDB_MODEL_SEED={seed} repeats it", told.collect::<String>())
    }
}
