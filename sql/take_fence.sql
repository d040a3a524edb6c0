-- Changes the one row that every writer of claims and every validator of a
-- changed schema changes. Waits for whoever has changed it and not committed;
-- with an old snapshot it fails with 40001 instead.
create or replace function integratedb.take_fence()
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  update integratedb.fence set passed = passed + 1;
$$;
