-- The required claims that no alternative meets, among those that name one of
-- these watched tables, with every fault that is to blame.
--
-- A field fails when each of its alternatives has a fault; a field that is
-- optional never does, nor does one that is planned and was never there. An
-- alternative fails with its table or any field, a claim with all its
-- alternatives.
create or replace function integratedb.unmet(watched bigint[])
returns table (
  claim_id bigint,
  alternative_no integer,
  watched_id bigint,
  claimed_table_id bigint,
  schema_name name,
  table_name name,
  field_no integer,
  field_alternative_no integer,
  column_name name,
  property text,
  needed text,
  found text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  tables bigint[];
begin
  -- A claim with several alternatives is judged over all of them, also those
  -- whose tables nobody touched.
  tables := watched || array(
    select distinct other.watched_id
    from (
      select distinct ct.claim_id
      from integratedb.claimed_tables ct
      join integratedb.claims c on c.id = ct.claim_id and c.alternatives > 1
      where ct.watched_id = any (watched)
    ) touched
    join integratedb.claimed_tables other on other.claim_id = touched.claim_id
  );

  -- Mostly there is nothing to judge.
  if not exists (select from integratedb.faults(tables)) then
    return;
  end if;

  return query
  with fault as materialized (
    select f.*, case f.field_no when -1 then f.column_name else '' end as field
    from integratedb.faults(tables) f
    join integratedb.claims c on c.id = f.claim_id and not c.optional
  ),
  suspect as (
    select distinct f.claimed_table_id, f.field_no, f.field
    from fault f
    where f.field_no is not null
  ),
  failed_field as (
    select s.claimed_table_id, s.field_no, s.field
    from suspect s
    join integratedb.claimed_columns cc
      on cc.claimed_table_id = s.claimed_table_id
      and cc.field_no = s.field_no
      and (cc.field_no <> -1 or cc.column_name = s.field)
    left join (
      select distinct f.claimed_table_id, f.field_no, f.field_alternative_no, f.column_name
      from fault f
    ) broken
      on broken.claimed_table_id = cc.claimed_table_id
      and broken.field_no = cc.field_no
      and broken.field_alternative_no = cc.field_alternative_no
      and broken.column_name = cc.column_name
    group by s.claimed_table_id, s.field_no, s.field
    having count(*) = count(broken.claimed_table_id)
      and not bool_or(cc.optional)
      and not (bool_and(cc.planned) and not bool_or(cc.seen))
  ),
  to_blame as (
    select f.*
    from fault f
    left join failed_field using (claimed_table_id, field_no, field)
    where f.field_no is null or failed_field.field_no is not null
  ),
  failed as (
    select b.claim_id
    from to_blame b
    join integratedb.claims c on c.id = b.claim_id
    group by b.claim_id, c.alternatives
    having count(distinct b.alternative_no) = c.alternatives
  )
  select
    b.claim_id, b.alternative_no, b.watched_id, b.claimed_table_id, b.schema_name, b.table_name,
    b.field_no, b.field_alternative_no, b.column_name, b.property, b.needed, b.found
  from to_blame b
  join failed using (claim_id);
end
$$;
