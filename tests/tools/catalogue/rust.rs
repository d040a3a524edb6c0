//! Tools of Rust.

use crate::tool::Shows::{Detail, Message};
use crate::tool::Tool;
use crate::tool::Undoes::OnlyItself;

pub const SQLX: Tool = Tool {
    name: "sqlx",
    folder: "sqlx",
    migrates: "sqlx",
    records: Some("select version from _sqlx_migrations order by version"),
    recorded_as: ["1", "2"],
    undoes: OnlyItself,
    shows: Message,
};

pub const REFINERY: Tool = Tool {
    name: "refinery",
    folder: "refinery",
    migrates: "refinery",
    records: Some("select version from refinery_schema_history order by version"),
    recorded_as: ["1", "2"],
    undoes: OnlyItself,
    shows: Detail,
};

pub const DIESEL: Tool = Tool {
    name: "diesel",
    folder: "diesel",
    migrates: "diesel",
    records: Some("select version from __diesel_schema_migrations order by version"),
    recorded_as: ["00000000000001", "00000000000002"],
    undoes: OnlyItself,
    shows: Message,
};
