-- The watched tables that are not as the last sync left them.
create or replace function integratedb.changed_tables()
returns table (watched_id bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select w.id
  from integratedb.watched_tables w
  join integratedb.live_digests d on d.watched_id = w.id
  where d.digest is distinct from w.digest;
end
$$;
