-- The registry: who administers, who the stakeholders are, what they claim,
-- and what has been granted because of it. Every constraint has a name, since
-- the program says what breaking it means.

create table integratedb.users (
  id bigint generated always as identity constraint users_pkey primary key,
  username text not null,
  password_hash text not null,
  -- Tokens carry the generation they were issued under; a new password starts
  -- the next one, and so ends them.
  token_generation integer not null default 1,
  inserted_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create unique index users_username_key on integratedb.users (lower(username));

create table integratedb.stakeholders (
  id bigint generated always as identity constraint stakeholders_pkey primary key,
  -- Also the name of its role and of its schema.
  name name not null constraint stakeholders_name_key unique,
  -- Set while the stakeholder is being deleted: its role may no longer log in,
  -- and this says what becomes of its objects. A start finishes what a crash
  -- interrupted.
  deletion jsonb,
  inserted_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table integratedb.specs (
  stakeholder_id bigint not null constraint specs_pkey primary key
    constraint specs_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  -- The document in its full form: no shorthand left.
  document jsonb not null,
  inserted_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A claim is one match object of a document.
create table integratedb.claims (
  id bigint generated always as identity constraint claims_pkey primary key,
  stakeholder_id bigint not null
    constraint claims_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  match_no integer not null,
  optional boolean not null,
  alternatives integer not null,
  constraint claims_stakeholder_id_match_no_key unique (stakeholder_id, match_no)
);

-- Every table that somebody claims, once. An empty table_name stands for the
-- schema itself, which `schema.*` claims.
create table integratedb.watched_tables (
  id bigint generated always as identity constraint watched_tables_pkey primary key,
  schema_name name not null,
  table_name name not null,
  -- What was found at the last sync. No digest: look again.
  relation oid,
  digest bigint,
  constraint watched_tables_schema_name_table_name_key unique (schema_name, table_name)
);

create table integratedb.claimed_tables (
  id bigint generated always as identity constraint claimed_tables_pkey primary key,
  claim_id bigint not null
    constraint claimed_tables_claim_id_fkey references integratedb.claims on delete cascade,
  alternative_no integer not null,
  watched_id bigint not null
    constraint claimed_tables_watched_id_fkey references integratedb.watched_tables,
  every_column boolean not null,
  -- The document says that it may not exist yet.
  planned boolean not null,
  constraint claimed_tables_claim_id_alternative_no_watched_id_key
    unique (claim_id, alternative_no, watched_id)
);

create index claimed_tables_watched_id_idx on integratedb.claimed_tables (watched_id);

create table integratedb.claimed_columns (
  -- No foreign key: only the engine writes here, a thousand rows at a time, and
  -- checking each of them took longer than all the rest.
  claimed_table_id bigint not null,
  -- -1: there because of `*`, a field for itself.
  field_no integer not null,
  field_alternative_no integer not null,
  column_name name not null,
  optional boolean not null default false,
  planned boolean not null default false,
  -- What the document asks for; null where it leaves that to the database.
  type text,
  type_as_written text,
  min_length integer,
  is_nullable boolean,
  -- What the database had when the column was first seen, followed as it widens.
  seen boolean not null default false,
  seen_attnum smallint,
  seen_type text,
  seen_length integer,
  seen_nullable boolean,
  constraint claimed_columns_pkey
    primary key (claimed_table_id, field_no, field_alternative_no, column_name)
);

-- What IntegrateDB granted, so that it takes back that and nothing else.
create table integratedb.granted_columns (
  stakeholder_id bigint not null
    constraint granted_columns_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  relation oid not null,
  attnums smallint[] not null,
  constraint granted_columns_pkey primary key (relation, stakeholder_id)
);

create index granted_columns_stakeholder_id_idx on integratedb.granted_columns (stakeholder_id);

create table integratedb.granted_schemas (
  stakeholder_id bigint not null
    constraint granted_schemas_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  schema oid not null,
  constraint granted_schemas_pkey primary key (stakeholder_id, schema)
);

-- One step that lets grants follow claims: SELECT on columns of a table, or
-- USAGE on a schema (relation is null then).
create type integratedb.grant_step as (
  action text,
  stakeholder_id bigint,
  role name,
  schema oid,
  relation oid,
  attnums smallint[],
  schema_name name,
  table_name name,
  columns name[],
  -- Whether the control plane may do it.
  is_allowed boolean,
  statement text
);

-- One row that every writer of claims and every validator of a changed schema
-- changes. Under READ COMMITTED the second waits and then sees the first's
-- work; under REPEATABLE READ and SERIALIZABLE it fails with 40001. A lock
-- alone would let an old snapshot through.
create table integratedb.fence (
  only_row boolean not null default true
    constraint fence_pkey primary key
    constraint fence_only_row_check check (only_row),
  passed bigint not null default 0
);

insert into integratedb.fence default values;
