-- What keeps a watched table from being published as those who listen to it need,
-- a row for each notification and thing. Tables that `schema.*` brought in are
-- heard of as far as they can be, and at fault for nothing.
create or replace function integratedb.publishing_faults(watched bigint, relation oid)
returns table (
  claim_id bigint,
  alternative_no integer,
  claimed_table_id bigint,
  property text,
  needed text,
  found text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select ct.claim_id, ct.alternative_no, ct.id, fault.property, fault.needed, fault.found
  from integratedb.claimed_tables ct
  join integratedb.claims c on c.id = ct.claim_id and c.kind = 'notifications'
  cross join integratedb.publishing(relation) p
  cross join lateral (
    select 'published', null, p.obstacle
    where p.obstacle is not null
    union all
    select
      'replica_identity',
      case when p.identity = 'mixed' or not c.old_columns <@ p.key then 'full' else 'key' end,
      case p.identity
        when 'key' then 'that of its key'
        when 'mixed' then 'that of the key in some partitions'
        else 'none'
      end
    where p.obstacle is null
      and (
        c.needs_identity and p.identity in ('none', 'mixed')
        or not c.old_columns <@ p.key and p.identity <> 'full'
      )
  ) fault (property, needed, found)
  where ct.watched_id = watched
    and not integratedb.is_heard_by_schema(ct)
$$;
