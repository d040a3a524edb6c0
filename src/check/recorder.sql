-- What a check puts into its private Postgres, and nowhere else: functions of event
-- triggers that note what each transaction does to claimed tables, and a judgement at
-- each COMMIT that records where production's gate refuses. All of it is the control
-- plane's, and runs as the control plane.

-- The claimed tables, their partitions and what claimed views read, as they are
-- before the command, and who reads them.
create table integratedb.check_tables (relation oid primary key, path text not null, readers text[] not null);

create table integratedb.check_locks (
  xid xid8, relation oid, strength integer, rewrites boolean not null, statement text,
  primary key (xid, relation)
);

-- What is known to be missing stays what it was before the command.
create or replace function integratedb.note_faults() returns void
language sql
set search_path = pg_catalog, pg_temp
as '';

-- The claims that a running transaction breaks so far, and since which statement.
create table integratedb.check_suspects (xid xid8, claim_id bigint, statement text, primary key (xid, claim_id));

create table integratedb.check_moments (
  id bigint generated always as identity primary key, xid xid8 not null default pg_current_xact_id()
);

create table integratedb.check_unmet (
  moment bigint, claim_id bigint, stakeholder text, path text, field text, property text,
  needed text, found text, problem text, faults jsonb, statement text, is_broken boolean
);

create table integratedb.check_marks (xid xid8 not null default pg_current_xact_id() primary key);

insert into integratedb.check_tables
with recursive reading (relation, stakeholder) as (
  select t.relation, s.name::text
  from integratedb.live_tables t
  join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
  join integratedb.claims c on c.id = ct.claim_id
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  where t.relation is not null
  union
  select further.relation, r.stakeholder
  from reading r
  join (
    select i.inhparent, i.inhrelid
    from pg_catalog.pg_inherits i
    union all
    select v.oid, d.refobjid
    from pg_catalog.pg_class v
    join pg_catalog.pg_rewrite w on w.ev_class = v.oid
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
    where v.relkind = 'v' and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> v.oid
  ) further (relation_before, relation) on further.relation_before = r.relation
)
select c.oid, n.nspname || '.' || c.relname, array_agg(distinct r.stakeholder order by r.stakeholder)
from reading r
join pg_catalog.pg_class c on c.oid = r.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
group by c.oid, n.nspname, c.relname;

-- Notes the locks of this transaction that make anybody wait, the strongest of each table.
create function integratedb.check_note_locks(statement text) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into integratedb.check_locks as noted
  select pg_current_xact_id(), l.relation, max(m.strength), false, statement
  from pg_locks l
  join integratedb.check_tables t on t.relation = l.relation
  join unnest(array['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'])
    with ordinality m (mode, strength) on m.mode = l.mode
  where l.pid = pg_backend_pid()
    and l.locktype = 'relation'
    and l.granted
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
  group by l.relation
  on conflict (xid, relation) do update
  set strength = excluded.strength, statement = excluded.statement
  where noted.strength < excluded.strength
$$;

create function integratedb.check_rewrite() returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into integratedb.check_locks
  select pg_current_xact_id(), t.relation, 4, true, current_query()
  from integratedb.check_tables t
  where t.relation = pg_event_trigger_table_rewrite_oid()
  on conflict (xid, relation) do update
  set rewrites = true, strength = 4, statement = excluded.statement;
end
$$;

create function integratedb.check_ddl() returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Our own grants are no part of the migration.
  if current_setting('integratedb.is_judging', true) = 'yes' then
    return;
  end if;
  perform integratedb.check_note_locks(current_query());
  with broken as materialized (
    select b.claim_id
    from integratedb.broken_by_this(array(select w.id from integratedb.watched_tables w)) b
  ),
  met_again as (
    delete from integratedb.check_suspects s
    where s.xid = pg_current_xact_id() and s.claim_id not in (select b.claim_id from broken b)
  )
  insert into integratedb.check_suspects
  select pg_current_xact_id(), b.claim_id, current_query() from broken b
  on conflict do nothing;
  insert into integratedb.check_marks default values on conflict do nothing;
end
$$;

-- What the validation of production would see now. The claims and grants follow,
-- as they do where it lets a migration pass.
create function integratedb.check_judge() returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
declare
  moment bigint;
  broken bigint[];
begin
  perform set_config('integratedb.is_judging', 'yes', true);
  broken := array(
    select b.claim_id
    from integratedb.broken_by_this(array(select w.id from integratedb.watched_tables w)) b
  );
  perform integratedb.sync();
  insert into integratedb.check_moments default values returning id into moment;
  insert into integratedb.check_unmet
  select
    moment, u.claim_id, u.stakeholder, u.path, u.field, u.property, u.needed, u.found, u.problem, u.faults,
    (
      select s.statement
      from integratedb.check_suspects s
      where s.xid = pg_current_xact_id() and s.claim_id = u.claim_id
    ),
    u.claim_id = any (broken)
  from integratedb.describe_unmet(null, null) u;
  perform set_config('integratedb.is_judging', '', true);
end
$$;

create function integratedb.check_commit() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from integratedb.check_marks m where m.xid = new.xid;
  perform integratedb.check_note_locks('COMMIT');
  perform integratedb.check_judge();
  return null;
end
$$;

create constraint trigger check_commit
  after insert on integratedb.check_marks
  deferrable initially deferred
  for each row execute function integratedb.check_commit();

-- A migration that asks is judged where it asks, and goes on, so that the whole
-- run is reported.
create or replace function public.integratedb_validate_migration(max_results integer default 100) returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform integratedb.check_judge();
  return 0;
end
$$;
