-- The gate: transactions that change the schema are marked, and validated at
-- their COMMIT. The mark lives no longer than its transaction.

create table integratedb.gate_marks (
  xid xid8 not null default pg_current_xact_id() constraint gate_marks_pkey primary key
);

-- What was let through against the claims, and by whom.
create table integratedb.overrides (
  id bigint generated always as identity constraint overrides_pkey primary key,
  at timestamptz not null default now(),
  by_role name not null,
  reason text not null,
  -- The claims that were unmet, as integratedb_unmet_claims() shows them.
  unmet jsonb not null
);
