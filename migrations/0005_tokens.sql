-- Tokens of stakeholders: what an application shows where it may act for itself
-- and for nobody else.

create table integratedb.tokens (
  id bigint generated always as identity constraint tokens_pkey primary key,
  stakeholder_id bigint not null
    constraint tokens_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  name text not null,
  -- SHA-256 of the token, which is random and too long to be guessed at any speed.
  hash bytea not null constraint tokens_hash_key unique,
  inserted_at timestamptz not null default now(),
  expires_at timestamptz,
  -- To the minute.
  last_used_at timestamptz
);

create index tokens_stakeholder_id_idx on integratedb.tokens (stakeholder_id);
