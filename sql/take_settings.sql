-- Lets a role begin with what another one has now: its limit of connections, and its
-- settings here. Sessions take the settings of the role that logs in, and none of the
-- roles that it is a member of. Answers which settings it could not be given: those that
-- only a superuser may, and what isn't possible any more.
--
-- Of a list, a text would become its only element. So a list is set here for a moment,
-- and Postgres writes it down as it is (`from current`). It may be a search_path, so
-- nothing is looked up by its mere name meanwhile.
drop function if exists integratedb.take_settings(name, name);
create or replace function integratedb.take_settings(taken_from name, taken_by name)
returns text[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  left_out text[] := '{}';
  setting record;
  before text;
  statement text;
  is_list boolean;
begin
  execute format('alter role %I connection limit %s', taken_by,
    (select rolconnlimit from pg_roles where rolname = taken_from));
  for setting in
    select s.setdatabase <> 0 as is_here, split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value
    from pg_db_role_setting s
    cross join unnest(s.setconfig) c
    where s.setrole = (select oid from pg_roles where rolname = taken_from)
      and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
      and split_part(c, '=', 1) not in ('role', 'session_authorization')
    order by 1, 2
  loop
    is_list := setting.name in (
      'search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries'
    );
    before := current_setting(setting.name, true);
    statement := format('alter role %I %s set %I %s', taken_by,
      case when setting.is_here then format('in database %I', current_database()) else '' end,
      setting.name, case when is_list then 'from current' else format('to %L', setting.value) end);
    begin
      if is_list then
        perform pg_catalog.set_config(setting.name, setting.value, true);
      end if;
      execute statement;
      if is_list then
        perform pg_catalog.set_config(setting.name, before, true);
      end if;
    exception
      when others then
        left_out := left_out || setting.name;
    end;
  end loop;
  return left_out;
end
$$;
