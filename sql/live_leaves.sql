-- Every column that a document names (directly, as an alternative, or through
-- `*`) in a watched table that exists, beside the column as it is now: whether
-- it exists, and whether each property that is asked for or was seen holds.
create or replace view integratedb.live_leaves as
select
  t.watched_id, t.schema_name, t.table_name, t.relation, t.seen_relation,
  ct.claim_id, ct.alternative_no,
  cc.claimed_table_id, cc.field_no, cc.field_alternative_no, cc.column_name, cc.optional, cc.planned,
  cc.type, cc.type_as_written, cc.min_length, cc.is_nullable,
  cc.seen, cc.seen_attnum, cc.seen_type, cc.seen_length, cc.seen_nullable,
  required.length as required_length,
  l.attnum, l.type_name, l.max_length, l.is_nullable as live_nullable,
  l.attnum is not null as found,
  -- A bare name says "mood": once seen, it is the mood of that schema.
  coalesce(
    cc.type = any (l.names) and (
      cc.type = l.data_type
      or l.data_type not in ('ARRAY', 'USER-DEFINED')
      or coalesce(cc.seen_type = l.type_name, true)
    ),
    cc.seen_type = l.type_name,
    l.attnum is not null
  ) as type_holds,
  coalesce(l.max_length, 2147483647) >= required.length as length_holds,
  required.nullable or not l.is_nullable as nullability_holds
from integratedb.live_tables t
join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
cross join lateral (
  select
    coalesce(cc.min_length, case when cc.seen then coalesce(cc.seen_length, 2147483647) end, 0) as length,
    coalesce(cc.is_nullable, cc.seen_nullable, true) as nullable
) required
left join integratedb.live_attributes l on l.relation = t.relation and l.column_name = cc.column_name
where t.found;
