//! Tools of Python.

use crate::tool::Shows::Detail;
use crate::tool::Tool;
use crate::tool::Undoes::{AllPending, OnlyItself};

pub const ALEMBIC: Tool = Tool {
    name: "Alembic",
    folder: "alembic",
    migrates: "alembic upgrade head",
    // It keeps only the newest.
    records: Some(
        "select version from (values ('0001'), ('0002')) as known (version), alembic_version
         where version <= version_num order by version",
    ),
    recorded_as: ["0001", "0002"],
    undoes: AllPending,
    shows: Detail,
};

pub const DJANGO: Tool = Tool {
    name: "Django",
    folder: "django",
    migrates: "django-admin migrate --fake-initial --pythonpath=. --settings=settings",
    records: Some("select name from django_migrations where name > '0001_initial' order by id"),
    recorded_as: ["0002_note", "0003_product"],
    undoes: OnlyItself,
    shows: Detail,
};

pub const YOYO: Tool = Tool {
    name: "yoyo",
    folder: "yoyo",
    migrates: r#"yoyo apply --batch --database "postgresql+psycopg:///$PGDATABASE" ."#,
    records: Some("select migration_id from _yoyo_migration order by applied_at_utc"),
    recorded_as: ["0001_note", "0002_product"],
    undoes: OnlyItself,
    shows: Detail,
};
