//! Real migration tools against the real server: each with a migration that evolves the
//! schema and one that would break a stakeholder, each held back by its own call of
//! `integratedb_validate_migration()` and by the gate alone.
//!
//! They are installed by `bin/tools`, which runs this; plain `cargo test` leaves it out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod catalogue;
mod page;
mod project;
mod scene;
#[allow(dead_code, unused_imports, reason = "shared with tests/it")]
#[path = "../it/support/mod.rs"]
mod support;
mod tool;
mod walk;

/// The tests of each tool, in a module of its name, and the list of all tools.
macro_rules! tools {
    ($($module:ident is $tool:expr;)*) => {
        /// Every tool that is driven here.
        pub const TOOLS: &[&tool::Tool] = &[$(&$tool),*];

        $(mod $module {
            use crate::scene::Protection::{TheCall, TheGate};
            use crate::{catalogue, walk};

            #[tokio::test]
            async fn commits_an_evolving_migration_that_calls() {
                walk::commits_an_evolving_migration(&$tool, TheCall).await;
            }

            #[tokio::test]
            async fn commits_an_evolving_migration_behind_the_gate() {
                walk::commits_an_evolving_migration(&$tool, TheGate).await;
            }

            #[tokio::test]
            async fn cannot_commit_a_breaking_migration_that_calls() {
                walk::cannot_commit_a_breaking_migration(&$tool, TheCall).await;
            }

            #[tokio::test]
            async fn cannot_commit_a_breaking_migration_behind_the_gate() {
                walk::cannot_commit_a_breaking_migration(&$tool, TheGate).await;
            }
        })*
    };
}

tools! {
    psql is catalogue::sql::PSQL;
    alembic is catalogue::python::ALEMBIC;
    django is catalogue::python::DJANGO;
    yoyo is catalogue::python::YOYO;
    knex is catalogue::node::KNEX;
    node_pg_migrate is catalogue::node::NODE_PG_MIGRATE;
    typeorm is catalogue::node::TYPEORM;
    drizzle_kit is catalogue::node::DRIZZLE_KIT;
    sequelize is catalogue::node::SEQUELIZE;
    rails is catalogue::ruby::RAILS;
    dbmate is catalogue::sql::DBMATE;
    sqitch is catalogue::sql::SQITCH;
    liquibase is catalogue::sql::LIQUIBASE;
    sqlx is catalogue::rust::SQLX;
    refinery is catalogue::rust::REFINERY;
    diesel is catalogue::rust::DIESEL;
}
