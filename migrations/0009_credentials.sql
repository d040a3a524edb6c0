-- What stakeholders log in with: the role of their own name, and further ones that
-- are members of it. And what became of the work that is done now and then.

create table integratedb.credentials (
  id bigint generated always as identity constraint credentials_pkey primary key,
  stakeholder_id bigint not null
    constraint credentials_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  name text not null,
  -- The role that logs in. None: the stakeholder's own, which was there first.
  username name constraint credentials_username_key unique,
  inserted_at timestamptz not null default now(),
  expires_at timestamptz,
  -- Set once it can't log in any more; the row goes together with the role.
  revoked_at timestamptz,
  constraint credentials_stakeholder_id_name_key unique (stakeholder_id, name)
);

create unique index credentials_primary_key on integratedb.credentials (stakeholder_id)
  where username is null;

insert into integratedb.credentials (stakeholder_id, name, inserted_at)
select id, 'primary', inserted_at from integratedb.stakeholders order by id;

-- A row for each job that has been done once, by whichever instance.
create table integratedb.housekeeping (
  job text not null constraint housekeeping_pkey primary key,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  -- Of the last failure, until the job succeeds again.
  last_error text,
  failures bigint not null default 0
);
