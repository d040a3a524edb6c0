-- Who depends on a schema (`sales`, `sales.*`), a table (`sales.orders`) or a
-- column (`sales.orders.id`), and what its removal would do: a row for each claim
-- and table that names it. Identifiers as in documents: with quotes or without.
--
--   columns       those that are named and hit; none: only the table is claimed
--   need          required, or optional: it may go away
--   alternatives  what is there now and would do instead
--   would_break   whether the claim would be unmet without it
--   since         since when the stakeholder has claimed it
--   document      claims, or notifications: it listens to it. Whoever listens to `*` hears
--                 what its claims name, and is concerned by nothing else
create or replace function integratedb.impact(path text)
returns table (
  stakeholder text,
  claim_id bigint,
  "table" text,
  columns text[],
  need text,
  alternatives text[],
  would_break boolean,
  since timestamptz,
  document text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
as $$
#variable_conflict use_column
declare
  target text := regexp_replace(btrim(path), '\.\*$', '');
  concerned bigint[];
begin
  if not integratedb.path_exists(target) then
    raise notice 'There is no % in this database.', target
      using hint = 'A path is schema, schema.table or schema.table.column.';
  end if;

  -- All of the claims that it may be about, and nothing of the others, which may name a
  -- hundred thousand columns.
  concerned := array(
    select distinct ct.claim_id
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
    where target in (t.schema_name::text, quote_ident(t.schema_name))
      or starts_with(target || '.', t.schema_name || '.' || t.table_name || '.')
      or starts_with(target || '.', format('%I.%I.', t.schema_name, t.table_name))
  );

  return query
  with named as materialized (
    select
      ct.id, ct.claim_id, ct.alternative_no, ct.since, ct.watched_id, t.found, t.is_schema,
      c.stakeholder_id, c.kind,
      min(ct.alternative_no) over claim < max(ct.alternative_no) over claim as has_others,
      not t.is_schema and integratedb.is_heard_by_schema(ct) as is_dispensable,
      integratedb.path_in_words(t.schema_name, t.table_name) as path,
      target in (t.schema_name::text, quote_ident(t.schema_name))
        or not t.is_schema
          and target in (t.schema_name || '.' || t.table_name, format('%I.%I', t.schema_name, t.table_name)) as is_hit
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
    join integratedb.claims c on c.id = ct.claim_id
    where ct.claim_id = any (concerned)
    window claim as (partition by ct.claim_id)
  ),
  readable as materialized (
    select distinct c.stakeholder_id, ct.watched_id, cc.column_name
    from integratedb.claimed_tables ct
    join integratedb.claims c on c.id = ct.claim_id and c.kind = 'claims'
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    where (c.stakeholder_id, ct.watched_id) in (
      select n.stakeholder_id, n.watched_id from named n where n.kind = 'notifications'
    )
  ),
  leaf as materialized (
    select
      l.claim_id, l.alternative_no, l.claimed_table_id, l.field_no, l.field_alternative_no, l.column_name, cc.since,
      case l.field_no when -1 then l.column_name else '' end as field,
      l.found and l.type_holds and l.length_holds and l.nullability_holds as holds,
      l.optional or (l.planned and not l.seen) as is_dispensable,
      n.path || '.' || l.column_name as path,
      n.is_hit,
      (
        n.is_hit or target in (
          l.schema_name || '.' || l.table_name || '.' || l.column_name,
          format('%I.%I.%I', l.schema_name, l.table_name, l.column_name)
        )
      ) and (
        n.kind = 'claims' or l.field_no <> -1
        or (n.stakeholder_id, n.watched_id, l.column_name) in (
          select r.stakeholder_id, r.watched_id, r.column_name from readable r where r.column_name is not null
        )
      ) as is_column_hit
    from integratedb.live_leaves l
    join named n on n.id = l.claimed_table_id
    join integratedb.claimed_columns cc
      on cc.claimed_table_id = l.claimed_table_id
      and cc.field_no = l.field_no
      and cc.field_alternative_no = l.field_alternative_no
      and cc.column_name = l.column_name
    where l.claim_id = any (concerned)
  ),
  field as (
    select
      l.claim_id, l.alternative_no, l.claimed_table_id, l.field_no, l.field,
      bool_or(l.is_column_hit) as is_hit,
      bool_or(l.holds and not l.is_column_hit) as holds_without,
      bool_and(l.is_dispensable) as is_dispensable,
      array_agg(l.path order by l.field_alternative_no) filter (where l.holds and not l.is_column_hit) as instead
    from leaf l
    group by l.claim_id, l.alternative_no, l.claimed_table_id, l.field_no, l.field
  ),
  alternative as (
    select
      n.claim_id, n.alternative_no,
      array_agg(distinct n.path order by n.path) filter (where not n.is_hit) as paths,
      bool_and(n.found and not n.is_hit or n.is_dispensable)
        and not exists (
          select from field f
          where f.claim_id = n.claim_id and f.alternative_no = n.alternative_no
            and not (f.holds_without or f.is_dispensable)
        ) as holds_without
    from named n
    group by n.claim_id, n.alternative_no
  ),
  hit as (
    select
      n.id, n.claim_id, n.alternative_no, n.has_others, n.path, n.is_hit, n.is_dispensable,
      least(n.since, min(l.since)) as since,
      array_agg(distinct l.column_name::text) filter (where l.is_column_hit) as columns
    from named n
    left join leaf l on l.claimed_table_id = n.id and l.is_column_hit
    where not n.is_schema
      and (
        not n.is_dispensable
        or (n.stakeholder_id, n.watched_id) in (select r.stakeholder_id, r.watched_id from readable r)
      )
    group by n.id, n.claim_id, n.alternative_no, n.has_others, n.path, n.is_hit, n.is_dispensable, n.since
    having n.is_hit or count(l.claim_id) > 0
  )
  select
    s.name::text, c.id, h.path, h.columns,
    case
      when c.optional or h.is_dispensable then 'optional'
      when h.is_hit then 'required'
      when (select bool_and(f.is_dispensable) from field f where f.claimed_table_id = h.id and f.is_hit) then 'optional'
      else 'required'
    end,
    array(
      select unnest(f.instead) from field f where f.claimed_table_id = h.id and f.is_hit and not h.is_hit
      union all
      select unnest(a.paths)
      from alternative a
      -- Asked of a thousand claims without any, this would read them all a thousand times.
      where h.has_others and a.claim_id = h.claim_id and a.alternative_no <> h.alternative_no and a.holds_without
    ),
    not c.optional and not exists (
      select from alternative a where a.claim_id = h.claim_id and a.holds_without
    ),
    case
      when h.is_hit then h.since
      else (select min(l.since) from leaf l where l.claimed_table_id = h.id and l.is_column_hit)
    end,
    c.kind
  from hit h
  join integratedb.claims c on c.id = h.claim_id
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  order by s.name, h.path, c.kind, c.match_no, h.alternative_no;
end
$$;
