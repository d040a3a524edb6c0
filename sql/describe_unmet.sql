-- The unmet claims that name one of these watched tables (all for null), a row
-- each: the first fault in columns, all of them in `faults` and in words, and how
-- many unmet claims there are beyond `max_results` (null: no limit).
--
-- `problem` is a sentence for itself; `complaint` is what it says the stakeholder
-- needs, under a heading that names its `path`; `listens`: by its notifications.
drop function if exists integratedb.describe_unmet(bigint[], integer);
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
  complaint text,
  alternatives integer,
  listens boolean,
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
      integratedb.path_in_words(u.schema_name, u.table_name) as path,
      -- A column that `*` brought in is a field for itself.
      case u.field_no when -1 then u.column_name else '' end as field,
      row_number() over (
        partition by u.claim_id
        order by u.alternative_no, u.schema_name, u.table_name, u.field_no nulls first,
          case u.field_no when -1 then u.column_name end, u.field_alternative_no, u.property
      ) as nth,
      first_value(u.schema_name || '.' || u.table_name) over (
        partition by u.claim_id order by u.alternative_no, u.schema_name, u.table_name
      ) = u.schema_name || '.' || u.table_name as is_under_heading
    from integratedb.unmet(
      coalesce(watched, array(select w.id from integratedb.watched_tables w))
    ) u
  ),
  -- Every property of a column is needed, one alternative of a field is enough, every
  -- field of a table is needed, and one alternative of the claim is enough.
  wanted_column as (
    select
      f.claim_id, f.alternative_no, f.path, f.field_no, f.field, f.field_alternative_no, min(f.nth) as nth,
      string_agg(words.whole, ', and ' order by f.nth) as whole,
      string_agg(case when f.is_under_heading then words.brief else words.whole end, ', and ' order by f.nth) as brief
    from fault f
    cross join lateral (
      select
        integratedb.fault_in_words(
          f.schema_name, f.table_name, f.column_name, f.property, f.needed, f.found, false
        ) as whole,
        integratedb.fault_in_words(
          f.schema_name, f.table_name, f.column_name, f.property, f.needed, f.found, true
        ) as brief
    ) words
    group by f.claim_id, f.alternative_no, f.path, f.field_no, f.field, f.field_alternative_no
  ),
  wanted_field as (
    select
      w.claim_id, w.alternative_no, min(w.nth) as nth,
      row_number() over (partition by w.claim_id, w.alternative_no order by min(w.nth)) as place,
      count(*) over (partition by w.claim_id, w.alternative_no) as fields,
      string_agg(w.whole, ', or ' order by w.nth) as whole,
      string_agg(w.brief, ', or ' order by w.nth) as brief
    from wanted_column w
    group by w.claim_id, w.alternative_no, w.path, w.field_no, w.field
  ),
  alternative as (
    select
      w.claim_id, w.alternative_no,
      string_agg(w.whole, '; and ' order by w.nth) filter (where w.place <= 5) || more.words as whole,
      string_agg(w.brief, '; and ' order by w.nth) filter (where w.place <= 5) || more.words as brief
    from wanted_field w
    cross join lateral (
      select case when w.fields > 5 then format('; and %s more', w.fields - 5) else '' end as words
    ) more
    group by w.claim_id, w.alternative_no, more.words
  ),
  claim as (
    select
      a.claim_id,
      string_agg(a.whole, '; or else ' order by a.alternative_no) as whole,
      string_agg(a.brief, '; or else ' order by a.alternative_no) as brief
    from alternative a
    group by a.claim_id
  ),
  listed as (
    select
      f.claim_id,
      jsonb_agg(
        jsonb_build_object(
          'alternative', f.alternative_no,
          'path', f.path,
          'field', f.column_name,
          'property', f.property,
          'needed', f.needed,
          'found', f.found
        )
          || case f.property
            when 'replica_identity'
              then jsonb_build_object('remedy', integratedb.identity_remedy(f.schema_name, f.table_name))
            else '{}'
          end
        order by f.nth
      ) as faults
    from fault f
    group by f.claim_id
  )
  select
    c.id, s.id, s.name::text,
    listed.faults -> 0 ->> 'path',
    listed.faults -> 0 ->> 'field',
    listed.faults -> 0 ->> 'property',
    listed.faults -> 0 ->> 'needed',
    listed.faults -> 0 ->> 'found',
    s.name || case c.kind when 'notifications' then ' listens, and' else '' end
      || case c.alternatives when 1 then ' needs ' else ' has no alternative left: it needs ' end || claim.whole,
    claim.brief,
    c.alternatives,
    c.kind = 'notifications',
    listed.faults,
    count(*) over ()
  from listed
  join claim using (claim_id)
  join integratedb.claims c on c.id = listed.claim_id
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  order by listed.faults -> 0 ->> 'path', s.name, c.match_no
  limit max_results
$$;
