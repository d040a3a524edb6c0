-- The type of every live attribute, resolved as information_schema resolves it.
-- Apart from live_columns, so that whoever has the relation already doesn't join
-- pg_class a second time.
create or replace view integratedb.live_attributes as
select
  a.attrelid as relation,
  a.attname as column_name,
  a.attnum as attnum,
  called.data_type,
  called.type_name,
  array[called.data_type, called.type_name] || case
    when declared.typtype = 'd' or base.typnamespace <> 'pg_catalog'::regnamespace
      then integratedb.names_of_type(declared.oid) || integratedb.names_of_type(base.oid)
  end as names,
  case
    when base.typmod = -1 and base.oid in (1042, 1043, 1560, 1562, 1700) then null
    when base.oid in (1042, 1043) then base.typmod - 4            -- bpchar, varchar
    when base.oid in (1560, 1562) then base.typmod                -- bit, varbit
    when base.oid = 1700 then ((base.typmod - 4) >> 16) & 65535   -- numeric
    when base.oid = 21 then 16                                          -- smallint
    when base.oid = 23 then 32                                          -- integer
    when base.oid = 20 then 64                                          -- bigint
    when base.oid = 700 then 24                                         -- real
    when base.oid = 701 then 53                                         -- double precision
  end as max_length,
  not (a.attnotnull or (declared.typtype = 'd' and declared.typnotnull)) as is_nullable
from pg_catalog.pg_attribute a
join pg_catalog.pg_type declared on declared.oid = a.atttypid
-- One step only, as information_schema resolves domains.
left join pg_catalog.pg_type domain on declared.typtype = 'd' and domain.oid = declared.typbasetype
cross join lateral (
  select
    coalesce(domain.oid, declared.oid) as oid,
    case declared.typtype when 'd' then domain.typelem else declared.typelem end as typelem,
    case declared.typtype when 'd' then domain.typlen else declared.typlen end as typlen,
    case declared.typtype when 'd' then domain.typnamespace else declared.typnamespace end as typnamespace,
    case declared.typtype when 'd' then declared.typtypmod else a.atttypmod end as typmod
) base
cross join lateral (
  select
    case
      when base.typelem <> 0 and base.typlen = -1 then 'ARRAY'
      when base.typnamespace = 'pg_catalog'::regnamespace then format_type(base.oid, null)
      else 'USER-DEFINED'
    end as data_type,
    format_type(base.oid, null) as type_name
) called
where a.attnum > 0 and not a.attisdropped;
