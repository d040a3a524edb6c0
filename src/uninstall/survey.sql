-- What there is of an installation beside what its registry says: one row. The names of
-- functions are those of sql/integratedb_*.sql.
select
  current_user::text as role,
  current_database()::text as database,
  exists (select from pg_catalog.pg_namespace where nspname = 'integratedb') as has_schema,
  (
    select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'integratedb' and c.relkind in ('r', 'p')
  ) as tables,
  (
    select s.slot_name::text from pg_catalog.pg_replication_slots s
    join pg_catalog.pg_database d on d.datname = current_database()
    where s.slot_name = 'integratedb_' || d.oid
  ) as slot,
  array(
    select pubname::text from pg_catalog.pg_publication
    where pubname in ('integratedb', 'integratedb_inserts') order by 1
  ) as publications,
  array(
    select evtname::text from pg_catalog.pg_event_trigger
    where evtname in ('integratedb_gate_ddl', 'integratedb_gate_drop') order by 1
  ) as event_triggers,
  array(
    select format('public.%I(%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname in (
      'integratedb_impact', 'integratedb_journal', 'integratedb_sync', 'integratedb_unmet_claims',
      'integratedb_validate_migration'
    )
    order by 1
  ) as functions,
  array(
    select format('%s %s', a.pid, a.application_name)
    from pg_catalog.pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid()
      and a.application_name like 'integratedb%'
      -- Servers connect as the role that owns the registry.
      and a.usename in (
        current_user,
        (select pg_get_userbyid(n.nspowner) from pg_catalog.pg_namespace n where n.nspname = 'integratedb')
      )
    order by a.pid
  ) as sessions
