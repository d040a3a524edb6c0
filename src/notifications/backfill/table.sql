-- How a table looks to the stream, and what a backfill needs to know of it beside
-- that; no row if there is none of that name.
--
--   identifies  of each column, whether it belongs to the replica identity
--   key         the columns by which its rows are read one after the other: of the
--               replica identity's index if it has one, else of the primary key
select
  c.oid as relation,
  c.relkind = 'p' as is_partitioned,
  c.relreplident as identity,
  pg_catalog.has_table_privilege(c.oid, 'SELECT') as may_read,
  exists (
    select from pg_catalog.pg_publication_rel r
    join pg_catalog.pg_publication p on p.oid = r.prpubid
    where r.prrelid = c.oid and p.pubname in ('integratedb', 'integratedb_inserts')
  ) as is_published,
  (
    select nullif(sum(greatest(l.reltuples, 0))::bigint, 0)
    from pg_catalog.pg_class l
    where l.oid = c.oid
      or l.oid in (select p.relid from pg_catalog.pg_partition_tree(c.oid) p where p.isleaf)
  ) as rows_estimated,
  k.key, a.names, a.types, a.modifiers, a.identifies
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join lateral (
  select
    array(
      select x.attname::text
      from unnest(i.indkey::smallint[]) with ordinality u (attnum, no)
      join pg_catalog.pg_attribute x on x.attrelid = c.oid and x.attnum = u.attnum
      where u.no <= i.indnkeyatts
      order by u.no
    ) as key,
    i.indimmediate and c.relreplident in ('d', 'i') as identifies
  from pg_catalog.pg_index i
  where i.indrelid = c.oid
    and i.indisvalid
    and case c.relreplident when 'i' then i.indisreplident else i.indisprimary end
) k on true
left join lateral (
  select
    array_agg(x.attname::text order by x.attnum) as names,
    array_agg(x.atttypid order by x.attnum) as types,
    array_agg(x.atttypmod order by x.attnum) as modifiers,
    array_agg(
      c.relreplident = 'f' or coalesce(k.identifies and x.attname = any (k.key), false) order by x.attnum
    ) as identifies
  from pg_catalog.pg_attribute x
  where x.attrelid = c.oid and x.attnum > 0 and not x.attisdropped and x.attgenerated = ''
) a on true
where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'p')
