-- The watched tables as they are now, as a digest of all that claims and column
-- grants depend on: identity, owner, columns, types, nullability and privileges;
-- of a schema, which tables are in it; of a table somebody listens to, how it can
-- be published.
create or replace view integratedb.live_digests as
select
  t.watched_id,
  t.relation,
  coalesce(bit_xor(hash_record_extended(row(
    a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl, user_type.digest
  ), 0)), 0)
    # coalesce((
      select bit_xor(hash_record_extended(row(c.oid, c.relname), 0))
      from pg_catalog.pg_class c
      where t.is_schema
        and c.relnamespace = t.schema
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not c.relispartition
    ), 0)
    # hash_record_extended(row(t.schema, t.relation, t.owner), 0)
    # case
      -- Nothing of a schema, and of what is gone: a digest of null would be a change that nobody sees.
      when t.is_heard then coalesce((select hash_record_extended(p, 1) from integratedb.publishing(t.relation) p), 1)
      else 0
    end
  as digest
from integratedb.live_tables t
left join pg_catalog.pg_attribute a
  on a.attrelid = t.relation and a.attnum > 0 and not a.attisdropped
-- Built-in types can't change, so only the others are looked at.
left join lateral (
  select hash_record_extended(row(
    declared.typname, n.nspname, declared.typbasetype, declared.typtypmod, declared.typnotnull,
    base.typname, bn.nspname
  ), 0) as digest
  from pg_catalog.pg_type declared
  join pg_catalog.pg_namespace n on n.oid = declared.typnamespace
  left join (pg_catalog.pg_type base join pg_catalog.pg_namespace bn on bn.oid = base.typnamespace)
    on declared.typtype = 'd' and base.oid = declared.typbasetype
  where a.atttypid >= 16384 and declared.oid = a.atttypid
  offset 0
) user_type on a.atttypid >= 16384
group by t.watched_id, t.relation, t.schema, t.owner, t.is_schema, t.is_heard;
