-- Whether there is a schema, table or column of this name, written with quotes or
-- without.
create or replace function integratedb.path_exists(target text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_namespace n where target in (n.nspname::text, quote_ident(n.nspname))
  ) or exists (
    select
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and target in (
        n.nspname || '.' || c.relname,
        format('%I.%I', n.nspname, c.relname),
        n.nspname || '.' || c.relname || '.' || a.attname,
        format('%I.%I.%I', n.nspname, c.relname, a.attname)
      )
  )
$$;
