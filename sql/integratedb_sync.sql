-- Expands all claims against the current state of the database again and makes
-- the grants follow. Fails for no claim: what is unmet stays unmet.
create or replace function public.integratedb_sync()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
begin
  perform integratedb.sync();
end
$$;
