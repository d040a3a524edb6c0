-- The audit: who changed what, from where, in the order in which it was sealed.
--
-- A change leaves its entry unsealed, in its own transaction, and holds nothing that
-- another change needs. Once that has committed, somebody seals it: gives it the next
-- place in the chain, and a hash over the entry before and itself.

-- What is committed, or about to be, and has no place yet.
create table integratedb.audit_unsealed (
  recorded bigint generated always as identity constraint audit_unsealed_pkey primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  -- Of a migration. Like in the journal, it has one entry for each transaction.
  journal_id bigint constraint audit_unsealed_journal_id_key unique,
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null
    constraint audit_unsealed_actor_kind_check check (
      actor_kind in ('user', 'key', 'stakeholder', 'token', 'command', 'system', 'migration', 'nobody')
    ),
  actor_id bigint,
  actor_name text,
  address text,
  request_id text,
  action text not null,
  subject_kind text not null,
  subject_id bigint,
  subject_name text,
  before jsonb,
  after jsonb
);

create index audit_unsealed_transaction_id_idx on integratedb.audit_unsealed (transaction_id);

-- The chain. Rows are only ever added.
create table integratedb.audit (
  no bigint constraint audit_pkey primary key,
  -- Under which number it was recorded. Who recorded it may have committed later than
  -- others, and so stands behind them.
  recorded bigint not null constraint audit_recorded_key unique,
  at timestamptz not null,
  actor_kind text not null,
  actor_id bigint,
  actor_name text,
  address text,
  request_id text,
  action text not null,
  subject_kind text not null,
  subject_id bigint,
  subject_name text,
  before jsonb,
  after jsonb,
  -- SHA-256 of the hash before and the entry: see sql/audit_hash.sql.
  hash bytea not null
);

-- How the chain ends. Whoever seals holds this row.
create table integratedb.audit_head (
  only_row boolean not null default true
    constraint audit_head_pkey primary key
    constraint audit_head_only_row_check check (only_row),
  no bigint not null default 0,
  -- Before the first entry there are 32 zero bytes.
  hash bytea not null default decode(repeat('00', 32), 'hex'),
  -- How many refused migrations the audit knows of.
  refusals bigint not null default 0,
  -- Up to where it was written to a log; null while none was asked for.
  logged bigint
);

insert into integratedb.audit_head (refusals)
select case when r.is_called then r.last_value else 0 end
from integratedb.refusals r;
