-- Answers that are given again to whoever asks again under the same Idempotency-Key,
-- for a day.

create table integratedb.kept_answers (
  -- Of the caller and the key, so that neither can be read from it.
  id bytea not null constraint kept_answers_pkey primary key,
  -- The request and its answer, with the secret in it: sealed with a key that is derived
  -- from SECRET_KEY_BASE and the Idempotency-Key, which is nowhere in the database.
  sealed bytea not null,
  inserted_at timestamptz not null default now()
);

create index kept_answers_inserted_at on integratedb.kept_answers (inserted_at);
