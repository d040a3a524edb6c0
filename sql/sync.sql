-- The work of integratedb_sync().
create or replace function integratedb.sync()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  perform integratedb.take_fence();
  perform integratedb.follow(array(select w.id from integratedb.watched_tables w), false);
end
$$;
