-- What a stakeholder's document of a kind, just stored, names and the database doesn't
-- have. Everything it names must exist and match, whether required or not,
-- except what it declares as planned; but a match that was stored before and is
-- unchanged (`unchanged`: its positions) only has to be met, since migrations
-- may since have used its alternatives.
drop function if exists integratedb.spec_faults(bigint, integer[]);
create or replace function integratedb.spec_faults(stakeholder bigint, of_kind text, unchanged integer[])
returns table (
  match_no integer,
  alternative_no integer,
  field_no integer,
  field_alternative_no integer,
  schema_name name,
  table_name name,
  column_name name,
  property text,
  needed text,
  found text
)
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  watched bigint[];
begin
  -- What was just stored was seen, or something is wrong with it.
  if not exists (
    select
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.live_tables t on t.watched_id = ct.watched_id
    where c.stakeholder_id = stakeholder
      and c.kind = of_kind
      and (
        not t.found
        or t.is_heard
        or exists (
          select from integratedb.claimed_columns cc
          where cc.claimed_table_id = ct.id and not cc.seen
        )
      )
  ) then
    return;
  end if;

  watched := array(
    select distinct ct.watched_id
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    where c.stakeholder_id = stakeholder and c.kind = of_kind
  );
  return query
  select
    c.match_no, f.alternative_no, f.field_no, f.field_alternative_no,
    f.schema_name, f.table_name, f.column_name, f.property, f.needed, f.found
  from integratedb.faults(watched) f
  join integratedb.claims c on c.id = f.claim_id and c.stakeholder_id = stakeholder and c.kind = of_kind
  join integratedb.claimed_tables ct on ct.id = f.claimed_table_id
  left join integratedb.claimed_columns cc
    on cc.claimed_table_id = f.claimed_table_id
    and cc.field_no = f.field_no
    and cc.field_alternative_no = f.field_alternative_no
    and cc.column_name = f.column_name
  where not ct.planned
    and not coalesce(cc.planned, false)
    and (
      c.match_no <> all (unchanged)
      or f.claim_id in (select u.claim_id from integratedb.unmet(watched) u)
    )
  order by c.match_no, f.alternative_no, f.field_no, f.field_alternative_no;
end
$$;
