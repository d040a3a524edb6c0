-- Refuses the transaction it is called in if that would leave a claim unmet, also one
-- that was unmet before; otherwise lets claims and grants follow the new state. Call it
-- last. Answers 0.
--
-- Raises P0001 `IntegrateDB.InvalidMigration` (see refuse_migration.sql), with
-- `max_results` unmet claims in its DETAIL.
create or replace function public.integratedb_validate_migration(max_results integer default 100)
returns integer
language sql
security definer
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
  select integratedb.validate_migration(max_results, 'call')
$$;
