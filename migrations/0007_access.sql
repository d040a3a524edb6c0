-- Who may do what: roles of people, keys of programs, sessions of browsers, and how
-- often somebody has tried to log in.

-- Whoever was there before there were roles could do everything.
alter table integratedb.users
  add role text not null default 'admin'
    constraint users_role_check check (role in ('viewer', 'operator', 'admin'));
alter table integratedb.users alter role drop default;

create table integratedb.keys (
  id bigint generated always as identity constraint keys_pkey primary key,
  name text not null,
  -- SHA-256 of the key, which is random and too long to be guessed at any speed.
  hash bytea not null constraint keys_hash_key unique,
  -- It acts as people of a role do, or for one stakeholder.
  role text constraint keys_role_check check (role in ('viewer', 'operator', 'admin')),
  stakeholder_id bigint
    constraint keys_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  inserted_at timestamptz not null default now(),
  expires_at timestamptz,
  -- To the minute.
  last_used_at timestamptz,
  constraint keys_scope_check check (num_nonnulls(role, stakeholder_id) = 1)
);

create index keys_stakeholder_id_idx on integratedb.keys (stakeholder_id);

create table integratedb.sessions (
  id bigint generated always as identity constraint sessions_pkey primary key,
  user_id bigint not null
    constraint sessions_user_id_fkey references integratedb.users on delete cascade,
  -- SHA-256 of what the cookie holds.
  hash bytea not null constraint sessions_hash_key unique,
  -- The generation of the user's tokens when it began; a new password ends it.
  token_generation integer not null,
  inserted_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- To the minute.
  last_used_at timestamptz not null default now()
);

create index sessions_user_id_idx on integratedb.sessions (user_id);

-- Attempts to log in, counted before the password is looked at.
create table integratedb.login_attempts (
  -- SHA-256 of whose attempts these are: what is typed as a username may be a password.
  subject bytea not null constraint login_attempts_pkey primary key,
  attempts integer not null,
  since timestamptz not null default now()
);
