-- The unmet claims that name one of these watched tables (all for null), a row
-- each: the first fault in columns, all of them in `faults`, and how many unmet
-- claims there are beyond `max_results` (null: no limit).
create or replace function integratedb.describe_unmet(watched bigint[], max_results integer)
returns table (
  claim_id bigint,
  stakeholder_id bigint,
  stakeholder text,
  path text,
  field text,
  property text,
  needed text,
  found text,
  problem text,
  faults jsonb,
  total bigint
)
language sql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
  with fault as (
    select
      u.*,
      integratedb.fault_in_words(u.schema_name, u.table_name, u.column_name, u.property, u.needed, u.found) as words,
      row_number() over (
        partition by u.claim_id
        order by u.alternative_no, u.schema_name, u.table_name, u.field_no nulls first,
          u.column_name, u.field_alternative_no, u.property
      ) as nth
    from integratedb.unmet(
      coalesce(watched, array(select w.id from integratedb.watched_tables w))
    ) u
  ),
  claim as (
    select
      f.claim_id,
      jsonb_agg(
        jsonb_build_object(
          'alternative', f.alternative_no,
          'path', f.schema_name || '.' || case f.table_name when '' then '*' else f.table_name end,
          'field', f.column_name,
          'property', f.property,
          'needed', f.needed,
          'found', f.found
        )
        order by f.nth
      ) as faults,
      string_agg(f.words, '; and ' order by f.nth) filter (where f.nth <= 5)
        || case when count(*) > 5 then format('; and %s more', count(*) - 5) else '' end as problem
    from fault f
    group by f.claim_id
  )
  select
    c.id, s.id, s.name::text,
    claim.faults -> 0 ->> 'path',
    claim.faults -> 0 ->> 'field',
    claim.faults -> 0 ->> 'property',
    claim.faults -> 0 ->> 'needed',
    claim.faults -> 0 ->> 'found',
    format(
      case when c.alternatives = 1 then '%s needs %s' else '%s has no alternative left: it needs %s' end,
      s.name, claim.problem
    ),
    claim.faults,
    count(*) over ()
  from claim
  join integratedb.claims c on c.id = claim.claim_id
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  order by s.name, c.match_no
  limit max_results
$$;
