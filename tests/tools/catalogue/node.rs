//! Tools of Node.js.

use crate::tool::Shows::{Detail, Message, Nothing};
use crate::tool::Tool;
use crate::tool::Undoes::{AllPending, OnlyItself};

pub const KNEX: Tool = Tool {
    name: "knex",
    folder: "knex",
    migrates: "knex migrate:latest",
    records: Some("select name from knex_migrations order by id"),
    recorded_as: ["1_note.js", "2_product.js"],
    undoes: AllPending,
    shows: Message,
};

pub const NODE_PG_MIGRATE: Tool = Tool {
    name: "node-pg-migrate",
    folder: "node-pg-migrate",
    migrates: "node-pg-migrate up",
    records: Some("select name from pgmigrations order by id"),
    recorded_as: ["1_note", "2_product"],
    undoes: AllPending,
    shows: Detail,
};

pub const TYPEORM: Tool = Tool {
    name: "TypeORM",
    folder: "typeorm",
    migrates: "typeorm migration:run -d data-source.js",
    records: Some("select name from migrations order by id"),
    recorded_as: ["Note1700000000001", "Product1700000000002"],
    undoes: AllPending,
    shows: Detail,
};

pub const DRIZZLE_KIT: Tool = Tool {
    name: "drizzle-kit",
    folder: "drizzle-kit",
    migrates: "drizzle-kit migrate",
    records: Some("select created_at from drizzle.__drizzle_migrations order by id"),
    recorded_as: ["1700000000001", "1700000000002"],
    undoes: AllPending,
    shows: Nothing,
};

pub const SEQUELIZE: Tool = Tool {
    name: "Sequelize",
    folder: "sequelize",
    migrates: "sequelize db:migrate",
    records: Some(r#"select name from "SequelizeMeta" order by name"#),
    recorded_as: ["1-note.js", "2-product.js"],
    undoes: OnlyItself,
    shows: Detail,
};
