-- Replaces a stakeholder's claims (or, as `kind` says, notifications) by those of a
-- document in full form, expanded against the live catalog. Grants nothing, and
-- judges nothing.
drop function if exists integratedb.store_spec(bigint, jsonb);
create or replace function integratedb.store_spec(stakeholder bigint, of_kind text, document jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  watched bigint[];
  since jsonb := integratedb.claimed_since(stakeholder, of_kind);
begin
  insert into integratedb.specs as s (stakeholder_id, kind, document)
  values (stakeholder, of_kind, document)
  on conflict on constraint specs_pkey do update
  set document = excluded.document, updated_at = now();

  delete from integratedb.claimed_columns cc
  using integratedb.claimed_tables ct, integratedb.claims c
  where c.stakeholder_id = stakeholder and c.kind = of_kind and ct.claim_id = c.id and cc.claimed_table_id = ct.id;
  delete from integratedb.claims c where c.stakeholder_id = stakeholder and c.kind = of_kind;

  insert into integratedb.watched_tables (schema_name, table_name)
  select distinct a ->> 'schema', coalesce(a ->> 'table', '')
  from jsonb_path_query(document, '$.match[*].alternatives[*]') a
  on conflict on constraint watched_tables_schema_name_table_name_key do nothing;

  with claim as materialized (
    select nextval('integratedb.claims_id_seq') as id, m.no - 1 as match_no, m.match
    from jsonb_array_elements(document -> 'match') with ordinality m (match, no)
  ),
  stored_claim as (
    insert into integratedb.claims (
      id, stakeholder_id, kind, match_no, optional, alternatives, listens, needs_identity, old_columns
    )
    overriding system value
    select
      c.id, stakeholder, of_kind, c.match_no,
      (c.match ->> 'optional')::boolean, jsonb_array_length(c.match -> 'alternatives'),
      c.match -> 'listens',
      coalesce(c.match -> 'listens' -> 'events' ?| array['UPDATE', 'DELETE'], false),
      array(select jsonb_array_elements_text(c.match -> 'listens' -> 'old_columns'))
    from claim c
  ),
  alternative as materialized (
    select
      nextval('integratedb.claimed_tables_id_seq') as id,
      c.id as claim_id, a.no - 1 as alternative_no, a.alternative, t.watched_id, t.relation,
      format('%I.%I', t.schema_name, t.table_name) as path
    from claim c
    cross join jsonb_array_elements(c.match -> 'alternatives') with ordinality a (alternative, no)
    join integratedb.live_tables t
      on t.schema_name = (a.alternative ->> 'schema')::name
      and t.table_name = coalesce(a.alternative ->> 'table', '')::name
  ),
  stored_table as (
    insert into integratedb.claimed_tables (id, claim_id, alternative_no, watched_id, every_column, planned, since)
    overriding system value
    select
      a.id, a.claim_id, a.alternative_no, a.watched_id,
      (a.alternative ->> 'every_column')::boolean, (a.alternative ->> 'planned')::boolean,
      coalesce((since ->> a.path)::timestamptz, now())
    from alternative a
  )
  insert into integratedb.claimed_columns (
    claimed_table_id, field_no, field_alternative_no, column_name, optional, planned,
    type, type_as_written, min_length, is_nullable,
    seen, seen_attnum, seen_type, seen_length, seen_nullable, since
  )
  select
    a.id, field.no - 1, option.no - 1, option.name, (field.field ->> 'optional')::boolean, option.planned,
    option.type_name, option.type, option.min_length, option.is_nullable,
    l.attnum is not null, l.attnum, l.type_name, l.max_length, l.is_nullable,
    coalesce((since ->> (a.path || '.' || option.name))::timestamptz, now())
  from alternative a
  cross join jsonb_array_elements(a.alternative -> 'fields') with ordinality field (field, no)
  cross join rows from (
    jsonb_to_recordset(field.field -> 'alternatives')
      as (name text, type text, type_name text, min_length integer, is_nullable boolean, planned boolean)
  ) with ordinality option (name, type, type_name, min_length, is_nullable, planned, no)
  -- Seen is what exists and has all that the document asks for. The limit keeps
  -- Postgres, which takes a document to be large, from reading all columns there are.
  left join lateral (
    select l.*
    from integratedb.live_attributes l
    where l.relation = a.relation and l.column_name = option.name::name
    limit 1
  ) l
    on (option.type_name is null or option.type_name = any (l.names))
    and (option.min_length is null or coalesce(l.max_length, 2147483647) >= option.min_length)
    and (option.is_nullable is distinct from false or not l.is_nullable);

  delete from integratedb.watched_tables w
  where not exists (select from integratedb.claimed_tables ct where ct.watched_id = w.id);

  perform integratedb.mark_heard();

  watched := array(
    select distinct ct.watched_id
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    where c.stakeholder_id = stakeholder and c.kind = of_kind
  );
  watched := integratedb.expand_wildcards(watched);
  perform integratedb.restore_since(stakeholder, of_kind, since);

  -- Every later validation looks at them again, once.
  update integratedb.watched_tables w
  set digest = null, relation = t.relation
  from integratedb.live_tables t
  where w.id = any (watched)
    and t.watched_id = w.id
    and (w.digest is not null or w.relation is null);
end
$$;
