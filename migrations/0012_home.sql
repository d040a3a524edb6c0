-- Where this registry stands: on which server, and under which number its own tables.
-- In a dump that was restored both are others, and then the numbers of tables and schemas
-- that it has kept say nothing any more. See sql/adopt_restored.sql.
create table integratedb.home (
  only_row boolean not null default true
    constraint home_pkey primary key
    constraint home_only_row_check check (only_row),
  place text not null
);
