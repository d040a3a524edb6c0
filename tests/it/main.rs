//! The integration tests: one real Postgres for the run, a database per test,
//! the real server, and access proved by connecting as the role.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth;
mod check;
mod claims;
mod claims_api;
mod columns;
mod deletion;
mod evolution;
mod export;
mod fields;
mod folder;
mod folder_races;
mod fuzz;
mod gate;
mod gate_restore;
mod gate_statements;
mod guide;
mod http;
mod insight;
mod journal;
mod loopholes;
mod messages;
mod migrations;
mod pgoutput;
mod process;
mod races;
mod refusals;
mod relations;
mod scene;
mod snapshot;
mod stakeholders;
mod support;
mod tls;
mod users;
mod values;
