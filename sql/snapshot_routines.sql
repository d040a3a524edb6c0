-- Functions, procedures and aggregates, but not the ones that migrations call us by.
create or replace view integratedb.snapshot_routines as
with routine as (
  select
    p.*,
    format('%I.%I', s.name, p.proname) as path,
    format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) as name
  from pg_catalog.pg_proc p
  join integratedb.snapshot_schemas s on s.schema = p.pronamespace
  where not (s.name = 'public' and p.proname ~ '^integratedb_')
    and ('pg_catalog.pg_proc'::regclass, p.oid) not in (
      select m.classid, m.objid from integratedb.snapshot_made_by_others m
    )
)
select case r.prokind when 'p' then 'procedure' else 'function' end as kind, r.name, rtrim(pg_get_functiondef(r.oid), E'\n') as sql
from routine r
where r.prokind <> 'a'
union all
select 'aggregate', r.name,
  format(
    'create aggregate %s(%s) (%s)', r.path,
    coalesce(nullif(pg_get_function_arguments(r.oid), ''), '*'),
    concat_ws(
      ', ',
      'sfunc = ' || a.aggtransfn,
      'stype = ' || format_type(a.aggtranstype, null),
      'sspace = ' || nullif(a.aggtransspace, 0),
      'finalfunc = ' || nullif(a.aggfinalfn::oid, 0)::regproc,
      case when a.aggfinalextra then 'finalfunc_extra' end,
      'combinefunc = ' || nullif(a.aggcombinefn::oid, 0)::regproc,
      'serialfunc = ' || nullif(a.aggserialfn::oid, 0)::regproc,
      'deserialfunc = ' || nullif(a.aggdeserialfn::oid, 0)::regproc,
      'initcond = ' || quote_literal(a.agginitval),
      'msfunc = ' || nullif(a.aggmtransfn::oid, 0)::regproc,
      'minvfunc = ' || nullif(a.aggminvtransfn::oid, 0)::regproc,
      'mstype = ' || case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end,
      'mfinalfunc = ' || nullif(a.aggmfinalfn::oid, 0)::regproc,
      'minitcond = ' || quote_literal(a.aggminitval),
      case r.proparallel when 's' then 'parallel = safe' when 'r' then 'parallel = restricted' end,
      case when a.aggkind = 'h' then 'hypothetical' end
    )
  )
from routine r
join pg_catalog.pg_aggregate a on a.aggfnoid = r.oid;
