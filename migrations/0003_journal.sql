-- The journal of migrations, and since when a stakeholder depends on what.

-- What was validated, synced, or let through against the claims: a row for each
-- transaction. A refused one can keep nothing, as it is rolled back; the
-- sequences below and the server's log remember it.
create table integratedb.journal (
  id bigint generated always as identity constraint journal_pkey primary key,
  kind text not null
    constraint journal_kind_check check (kind in ('validated', 'synced', 'overridden')),
  by_gate boolean not null,
  by_role name not null,
  application text,
  address inet,
  -- Of the transaction.
  started_at timestamptz not null default transaction_timestamp(),
  -- Numbers of transactions begin anew where a dump is restored, so they are
  -- unique only together with the time.
  transaction_id xid8 not null default pg_current_xact_id(),
  -- When it was validated last, and for how long.
  at timestamptz not null default clock_timestamp(),
  validation_ms double precision not null,
  -- The claimed tables that were not as the last sync had left them.
  tables text[] not null,
  -- The commands that the gate saw, the first of them; null without the gate.
  commands jsonb,
  command_count integer,
  -- The grants that followed, and those that should have.
  grants jsonb not null,
  -- Of an override.
  reason text,
  unmet jsonb,
  constraint journal_transaction_key unique (started_at, transaction_id)
);

insert into integratedb.journal
  (kind, by_gate, by_role, started_at, transaction_id, at, validation_ms, tables, grants, reason, unmet)
select 'overridden', true, o.by_role, o.at, o.id::text::xid8, o.at, 0, '{}', '[]', o.reason, o.unmet
from integratedb.overrides o
order by o.id;

drop table integratedb.overrides;

-- What the gate has seen of a transaction. Lives no longer than that.
create table integratedb.gate_commands (
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  command text not null,
  object text not null,
  constraint gate_commands_pkey primary key (xid, id)
);

-- How many migrations were refused, and when the last one was (microseconds
-- since 1970). A sequence keeps its value through a rollback.
create sequence integratedb.refusals;
create sequence integratedb.refused_at;

-- Since when the stakeholder has claimed the table, and the column.
alter table integratedb.claimed_tables add since timestamptz not null default now();
alter table integratedb.claimed_columns add since timestamptz not null default now();

update integratedb.claimed_tables ct
set since = s.updated_at
from integratedb.claims c
join integratedb.specs s on s.stakeholder_id = c.stakeholder_id
where c.id = ct.claim_id;

update integratedb.claimed_columns cc
set since = ct.since
from integratedb.claimed_tables ct
where ct.id = cc.claimed_table_id;
