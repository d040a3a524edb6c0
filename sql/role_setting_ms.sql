-- A time that sessions of a role begin with in this database, in milliseconds: a setting
-- of the role here, or else of the role everywhere. Null, if there is none, or if it is 0,
-- which is how Postgres says that it doesn't hold.
--
-- Whoever set it may have written a unit. One larger than Postgres knows is not there.
create or replace function integratedb.role_setting_ms(role oid, setting text)
returns integer
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select nullif(ceil(number::numeric * case unit
      when 'us' then 0.001 when 's' then 1000 when 'min' then 60000 when 'h' then 3600000
      when 'd' then 86400000 else 1
    end)::integer, 0)
  from pg_db_role_setting s
  cross join unnest(s.setconfig) c
  cross join lateral (
    select substring(c from '=\s*([0-9.]+)') as number, substring(c from '=\s*[0-9.]+\s*([a-z]*)\s*$') as unit
  ) v
  where s.setrole = role
    and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and split_part(c, '=', 1) = setting
    and number <> ''
  order by s.setdatabase desc
  limit 1
$$;
