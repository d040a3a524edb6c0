//! The proof that nothing is lost: sudden ends at random moments, and what each
//! channel has heard held against what was committed.
//!
//! `INTEGRATEDB_PROOF_KILLS`, `INTEGRATEDB_PROOF_SECONDS` and `INTEGRATEDB_PROOF_BACKLOG` say how much is to be
//! proved, `INTEGRATEDB_PROOF_SEED` repeats the choices of a run: not when what
//! happens, which is the system's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod crowd;
mod ear;
mod ears;
mod failover;
mod gaps;
mod ground;
mod kills;
mod load;
mod memory;
mod plan;
mod served;
mod stage;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the integration tests stand on it too")]
mod support;
