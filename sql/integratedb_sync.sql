-- Expands all claims against the current state of the database again and makes
-- the grants follow. Fails for no claim: what is unmet stays unmet.
create or replace function public.integratedb_sync()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  perform integratedb.take_fence();
  perform integratedb.follow(array(select w.id from integratedb.watched_tables w), false);
end
$$;
