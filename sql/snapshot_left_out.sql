-- What this database has and a snapshot doesn't carry, as Postgres describes it.
create or replace function integratedb.snapshot_left_out()
returns table (what text)
language sql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
  with object as (
    select tableoid, oid from pg_operator
    union all select tableoid, oid from pg_opclass
    union all select tableoid, oid from pg_opfamily
    union all select tableoid, oid from pg_cast
    union all select tableoid, oid from pg_conversion
    union all select tableoid, oid from pg_language
    union all select tableoid, oid from pg_transform
    union all select tableoid, oid from pg_ts_config
    union all select tableoid, oid from pg_ts_dict
    union all select tableoid, oid from pg_ts_parser
    union all select tableoid, oid from pg_ts_template
    union all select tableoid, oid from pg_publication where pubname not in ('integratedb', 'integratedb_inserts')
    union all select tableoid, oid from pg_event_trigger where evtname !~ '^integratedb_'
    union all select t.tableoid, t.oid from pg_type t where t.typtype = 'b' and t.typelem = 0
  )
  select pg_describe_object(o.tableoid, o.oid, 0)
  from object o
  where o.oid >= 16384
    and (o.tableoid, o.oid) not in (select m.classid, m.objid from integratedb.snapshot_made_by_others m)
  order by 1
$$;
