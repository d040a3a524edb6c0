//! Tools that are of no language but SQL.

use crate::tool::Shows::{Detail, Message};
use crate::tool::Tool;
use crate::tool::Undoes::{AllPending, OnlyItself};

pub const PSQL: Tool = Tool {
    name: "psql",
    folder: "psql",
    migrates: "cat *.sql | psql --no-psqlrc --set ON_ERROR_STOP=1",
    records: None,
    recorded_as: ["", ""],
    undoes: OnlyItself,
    shows: Detail,
};

pub const DBMATE: Tool = Tool {
    name: "dbmate",
    folder: "dbmate",
    migrates: "dbmate --no-dump-schema migrate",
    records: Some("select version from schema_migrations order by version"),
    recorded_as: ["1", "2"],
    undoes: OnlyItself,
    shows: Message,
};

pub const SQITCH: Tool = Tool {
    name: "sqitch",
    folder: "sqitch",
    migrates: "sqitch deploy db:pg:",
    records: Some("select change from sqitch.changes order by planned_at"),
    recorded_as: ["note", "product"],
    undoes: AllPending,
    shows: Detail,
};

pub const LIQUIBASE: Tool = Tool {
    name: "Liquibase",
    folder: "liquibase",
    migrates: "liquibase update --changelog-file=changelog.yaml \
               --url=jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE \
               --username=$PGUSER --password=\"$PGPASSWORD\"",
    records: Some("select id from databasechangelog order by orderexecuted"),
    recorded_as: ["note", "product"],
    undoes: OnlyItself,
    shows: Detail,
};
