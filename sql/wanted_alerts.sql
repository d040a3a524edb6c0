-- The stakeholders that want to be told of a kind of alert; nobody where there is no
-- stream that could tell it.
create or replace function integratedb.wanted_alerts(kind text)
returns setof bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select a.stakeholder_id
  from integratedb.alerts a
  where (a.kinds = '{*}' or kind = any (a.kinds))
    and current_setting('wal_level') = 'logical'
$$;
