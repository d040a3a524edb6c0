//! The tables in which migration tools remember what has run.

/// A table of a tool, in whatever schema.
pub(super) struct Known {
    pub table: &'static str,
    /// The columns that it has, whatever else.
    pub columns: &'static [&'static str],
    /// Whether any other column shows that it is something else: the name is one
    /// that an application might use too.
    pub is_all: bool,
}

const fn tool(table: &'static str, columns: &'static [&'static str]) -> Known {
    Known { table, columns, is_all: false }
}

const fn common(table: &'static str, columns: &'static [&'static str]) -> Known {
    Known { table, columns, is_all: true }
}

/// Everything we know, by the tool's name.
pub(super) const KNOWN: &[Known] = &[
    // Alembic, Diesel, Django
    tool("alembic_version", &["version_num"]),
    tool("__diesel_schema_migrations", &["version", "run_on"]),
    tool("django_migrations", &["id", "app", "name", "applied"]),
    // Drizzle, Entity Framework, Flyway, goose
    tool("__drizzle_migrations", &["id", "hash", "created_at"]),
    tool("__EFMigrationsHistory", &["MigrationId", "ProductVersion"]),
    tool("flyway_schema_history", &["installed_rank", "version", "script", "checksum", "success"]),
    tool("goose_db_version", &["id", "version_id", "is_applied"]),
    // Knex, Laravel
    tool("knex_migrations", &["id", "name", "batch", "migration_time"]),
    tool("knex_migrations_lock", &["index", "is_locked"]),
    common("migrations", &["id", "migration", "batch"]),
    // Liquibase
    tool("databasechangelog", &["id", "author", "filename", "orderexecuted", "md5sum"]),
    tool("databasechangeloglock", &["id", "locked", "lockgranted", "lockedby"]),
    // node-pg-migrate, Phinx, Prisma, Refinery
    tool("pgmigrations", &["id", "name", "run_on"]),
    tool("phinxlog", &["version", "migration_name"]),
    tool("_prisma_migrations", &["id", "checksum", "migration_name", "finished_at"]),
    tool("refinery_schema_history", &["version", "name", "applied_on", "checksum"]),
    // dbmate and Rails, Ecto, golang-migrate
    common("schema_migrations", &["version"]),
    common("schema_migrations", &["version", "inserted_at"]),
    common("schema_migrations", &["version", "dirty"]),
    tool("ar_internal_metadata", &["key", "value", "created_at", "updated_at"]),
    // Sequelize, sqlx
    tool("SequelizeMeta", &["name"]),
    tool("_sqlx_migrations", &["version", "description", "success", "checksum"]),
    // sqitch
    tool("releases", &["version", "installed_at", "installer_name", "installer_email"]),
    tool("projects", &["project", "uri", "creator_name", "creator_email"]),
    tool("changes", &["change_id", "script_hash", "change", "project", "planner_email"]),
    tool("tags", &["tag_id", "tag", "project", "change_id", "planner_email"]),
    tool("dependencies", &["change_id", "type", "dependency", "dependency_id"]),
    tool("events", &["event", "change_id", "change", "project", "planner_email"]),
    // TypeORM, yoyo
    common("migrations", &["id", "timestamp", "name"]),
    tool("_yoyo_migration", &["migration_hash", "migration_id", "applied_at_utc"]),
    tool("_yoyo_log", &["id", "migration_hash", "migration_id", "operation"]),
    tool("_yoyo_version", &["version", "installed_at_utc"]),
    tool("yoyo_lock", &["locked", "ctime", "pid"]),
];
