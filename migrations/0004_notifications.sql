-- Notifications: who listens to which changes, the log of changes that everybody
-- is told from, and how far each channel is.

-- A stakeholder has two documents: what it claims, and what it listens to. Both
-- are dependencies, so both are kept as claims; only the first brings grants.
alter table integratedb.specs add kind text not null default 'claims'
  constraint specs_kind_check check (kind in ('claims', 'notifications'));
alter table integratedb.specs drop constraint specs_pkey;
alter table integratedb.specs add constraint specs_pkey primary key (stakeholder_id, kind);

alter table integratedb.claims add kind text not null default 'claims'
  constraint claims_kind_check check (kind in ('claims', 'notifications'));
alter table integratedb.claims drop constraint claims_stakeholder_id_match_no_key;
alter table integratedb.claims add constraint claims_stakeholder_id_kind_match_no_key
  unique (stakeholder_id, kind, match_no);
-- Of a notification: its events, channels and condition.
alter table integratedb.claims add listens jsonb;
-- Of a notification: whether updates and deletes are among its events, and of
-- which columns its condition asks what they were before. The table's replica
-- identity has to tell these.
alter table integratedb.claims add needs_identity boolean not null default false;
alter table integratedb.claims add old_columns name[] not null default '{}';

-- Whether somebody listens to the table, so that how it is published counts.
alter table integratedb.watched_tables add is_heard boolean not null default false;

create table integratedb.channels (
  id bigint generated always as identity constraint channels_pkey primary key,
  stakeholder_id bigint not null
    constraint channels_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  name text not null,
  -- As in the document, without passwords and secrets.
  settings jsonb not null,
  -- Passwords and secrets, sealed with a key that is derived from SECRET_KEY_BASE.
  sealed bytea not null,
  -- Everything up to here has left for good.
  position_lsn pg_lsn not null,
  position_index bigint not null,
  -- Counts up when the position is set by hand, so that nobody who delivered
  -- before that moves it on.
  turn bigint not null default 1,
  paused boolean not null default false,
  delivered bigint not null default 0,
  delivered_at timestamptz,
  failures bigint not null default 0,
  error text,
  error_at timestamptz,
  inserted_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint channels_stakeholder_id_name_key unique (stakeholder_id, name)
);

-- What an event was made of that its channel gave up.
create table integratedb.dead_letters (
  id bigint generated always as identity constraint dead_letters_pkey primary key,
  channel_id bigint not null
    constraint dead_letters_channel_id_fkey references integratedb.channels on delete cascade,
  lsn pg_lsn not null,
  index bigint not null,
  xid bigint not null,
  committed_at timestamptz not null,
  shape_id bigint,
  kind "char" not null,
  backfill_id bigint,
  message bytea not null,
  attempts integer not null,
  error text not null,
  -- Set when it is to be sent again.
  replay boolean not null default false,
  inserted_at timestamptz not null default now(),
  constraint dead_letters_channel_id_position_key unique (channel_id, lsn, index)
);

-- The log: what the stream said, so that a slow channel holds up neither the
-- replication slot nor anybody else. Eight partitions are written one after the
-- other in a ring, and the oldest is emptied before it is written again.
create table integratedb.log (
  ring smallint not null,
  -- Where the commit begins, and which of the transaction's changes it is.
  lsn pg_lsn not null,
  index bigint not null,
  xid bigint not null,
  committed_at timestamptz not null,
  -- How the table looked then; null for what is about no table.
  shape_id bigint,
  -- I, U, D, T as pgoutput has it; R: a row of a backfill; G: a gap.
  kind "char" not null,
  backfill_id bigint,
  -- The message of pgoutput; of a gap, why.
  message bytea not null
) partition by list (ring);

do $$
begin
  for ring in 0..7 loop
    execute format('create table integratedb.log_%s partition of integratedb.log for values in (%1$s)', ring);
    execute format('alter table integratedb.log_%s alter message set storage external', ring);
    execute format('create unique index log_%s_key on integratedb.log_%1$s (lsn, index)', ring);
    -- For a backfill, which asks what a transaction changed.
    execute format('create index log_%s_xid on integratedb.log_%1$s using brin (xid) with (autosummarize = on)', ring);
  end loop;
end
$$;

create table integratedb.log_segments (
  ring smallint not null constraint log_segments_pkey primary key,
  -- Which of all segments that there ever were; null: empty.
  no bigint constraint log_segments_no_key unique,
  began_at timestamptz
);

insert into integratedb.log_segments (ring, no, began_at)
select ring, case ring when 0 then 0 end, case ring when 0 then now() end
from generate_series(0, 7) ring;

-- How tables looked: pgoutput's message about the relation, and the types beneath
-- those of its columns (of domains, and of arrays the type of their elements).
create table integratedb.log_shapes (
  id bigint generated always as identity constraint log_shapes_pkey primary key,
  hash bytea not null constraint log_shapes_hash_key unique,
  message bytea not null,
  base_types oid[] not null
);

create table integratedb.stream (
  only_row boolean not null default true
    constraint stream_pkey primary key
    constraint stream_only_row_check check (only_row),
  -- Counts up with each instance that takes over reading.
  epoch bigint not null default 0,
  -- From where on the replication slot tells everything; null: there is none yet.
  slot_lsn pg_lsn,
  -- The slot was lost, and from here to the next one's beginning the stream tells
  -- nothing. Set until the log says so.
  gap_from pg_lsn,
  gap_reason text,
  -- Everything that was committed before this is in the log, or is nobody's.
  read_lsn pg_lsn,
  -- The last of what is no longer in the log.
  floor_lsn pg_lsn not null default '0/0',
  floor_index bigint not null default 0,
  -- Counts up when channels change.
  revision bigint not null default 0
);

insert into integratedb.stream default values;
