-- Replaces a stakeholder's claims by those of a document in full form, expanded
-- against the live catalog. Grants nothing, and judges nothing.
create or replace function integratedb.store_spec(stakeholder bigint, document jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  insert into integratedb.specs as s (stakeholder_id, document)
  values (stakeholder, document)
  on conflict on constraint specs_pkey do update
  set document = excluded.document, updated_at = now();

  delete from integratedb.claims c where c.stakeholder_id = stakeholder;

  insert into integratedb.claims (stakeholder_id, match_no, optional, alternatives)
  select stakeholder, m.no - 1, (m.match ->> 'optional')::boolean, jsonb_array_length(m.match -> 'alternatives')
  from jsonb_array_elements(document -> 'match') with ordinality m (match, no);

  insert into integratedb.watched_tables (schema_name, table_name)
  select distinct a ->> 'schema', coalesce(a ->> 'table', '')
  from jsonb_path_query(document, '$.match[*].alternatives[*]') a
  on conflict on constraint watched_tables_schema_name_table_name_key do nothing;

  with alternative as materialized (
    select c.id as claim_id, a.no - 1 as alternative_no, a.alternative
    from jsonb_array_elements(document -> 'match') with ordinality m (match, no)
    join integratedb.claims c on c.stakeholder_id = stakeholder and c.match_no = m.no - 1
    cross join jsonb_array_elements(m.match -> 'alternatives') with ordinality a (alternative, no)
  ),
  claimed as (
    insert into integratedb.claimed_tables (claim_id, alternative_no, watched_id, every_column, planned)
    select
      a.claim_id, a.alternative_no, w.id,
      (a.alternative ->> 'every_column')::boolean, (a.alternative ->> 'planned')::boolean
    from alternative a
    join integratedb.watched_tables w
      on w.schema_name = (a.alternative ->> 'schema')::name
      and w.table_name = coalesce(a.alternative ->> 'table', '')::name
    returning id, claim_id, alternative_no
  )
  insert into integratedb.claimed_columns (
    claimed_table_id, field_no, field_alternative_no, column_name,
    optional, planned, type, type_as_written, min_length, is_nullable
  )
  select
    claimed.id, field.no - 1, option.no - 1, option.leaf ->> 'name',
    (field.field ->> 'optional')::boolean, (option.leaf ->> 'planned')::boolean,
    option.leaf ->> 'type_name', option.leaf ->> 'type',
    (option.leaf ->> 'min_length')::integer, (option.leaf ->> 'is_nullable')::boolean
  from claimed
  join alternative a using (claim_id, alternative_no)
  cross join jsonb_array_elements(a.alternative -> 'fields') with ordinality field (field, no)
  cross join jsonb_array_elements(field.field -> 'alternatives') with ordinality option (leaf, no);

  delete from integratedb.watched_tables w
  where not exists (select from integratedb.claimed_tables ct where ct.watched_id = w.id);

  perform integratedb.expand_claims(tables.ids)
  from (
    select array_agg(distinct ct.watched_id) as ids
    from integratedb.claimed_tables ct
    join integratedb.claims c on c.id = ct.claim_id
    where c.stakeholder_id = stakeholder
  ) tables
  where tables.ids is not null;

  -- Every later validation looks at them again, once.
  update integratedb.watched_tables w
  set digest = null, relation = t.relation
  from integratedb.claimed_tables ct
  join integratedb.claims c on c.id = ct.claim_id
  join integratedb.live_tables t on t.watched_id = ct.watched_id
  where ct.watched_id = w.id
    and c.stakeholder_id = stakeholder
    and (w.digest is not null or w.relation is null);
end
$$;
