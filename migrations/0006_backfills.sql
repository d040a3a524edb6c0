-- Backfills: rows that were there before, told on request to one stakeholder.

create table integratedb.backfills (
  id bigint generated always as identity constraint backfills_pkey primary key,
  stakeholder_id bigint not null
    constraint backfills_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  match_no integer not null,
  -- Which rows, beside what the match says: as it was asked, and in full form.
  written jsonb,
  condition jsonb,
  channels text[] not null,
  rows_per_second integer not null,
  -- Signs what is read, on its way through the stream, where everybody may put words.
  key bytea not null,
  -- The replication slot that what was read has passed through; another one means
  -- that some of it may be lost.
  slot_lsn pg_lsn,
  state text not null default 'running'
    constraint backfills_state_check check (state in ('running', 'done', 'cancelled', 'failed')),
  error text,
  inserted_at timestamptz not null default now(),
  finished_at timestamptz
);

create index backfills_stakeholder_id_idx on integratedb.backfills (stakeholder_id);
create index backfills_running_idx on integratedb.backfills (id) where state = 'running';

-- The tables of each, one after the other.
create table integratedb.backfill_tables (
  backfill_id bigint not null
    constraint backfill_tables_backfill_id_fkey references integratedb.backfills on delete cascade,
  no integer not null,
  schema_name name not null,
  table_name name not null,
  -- By the statistics of the table; null: it has none.
  rows_estimated bigint,
  -- The key of the last row that was read, as text.
  last_key text[],
  -- How many times it was read from, so that nobody reads the same twice.
  chunks bigint not null default 0,
  rows_read bigint not null default 0,
  -- Those of them that are asked for.
  rows_told bigint not null default 0,
  started_at timestamptz,
  finished_at timestamptz,
  constraint backfill_tables_pkey primary key (backfill_id, no)
);
