-- A database as migrations 1 to 6 and the engine of then left it, with an application's table,
-- people, a stakeholder that claims, listens and has a token. Made with
-- pg_dump --column-inserts, so its registry holds numbers of tables that aren't here.


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA integratedb;

ALTER SCHEMA integratedb OWNER TO integratedb_control;

CREATE SCHEMA reader_of_before;

ALTER SCHEMA reader_of_before OWNER TO integratedb_control;

CREATE TYPE integratedb.grant_step AS (
	action text,
	stakeholder_id bigint,
	role name,
	schema oid,
	relation oid,
	attnums smallint[],
	schema_name name,
	table_name name,
	columns name[],
	is_allowed boolean,
	statement text
);

ALTER TYPE integratedb.grant_step OWNER TO integratedb_control;

CREATE FUNCTION integratedb.append_to_log(of_epoch bigint, into_ring smallint, read_up_to pg_lsn, lsns pg_lsn[], indexes bigint[], xids bigint[], moments bigint[], shapes bigint[], kinds "char"[], backfills bigint[], messages bytea[]) RETURNS TABLE(passed bigint, revision bigint, inserted pg_lsn, flushed pg_lsn)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
begin
  update integratedb.stream s
  set read_lsn = greatest(s.read_lsn, read_up_to)
  where s.epoch = of_epoch
  returning s.revision into revision;
  if not found then
    return;
  end if;

  insert into integratedb.log (ring, lsn, index, xid, committed_at, shape_id, kind, backfill_id, message)
  select
    into_ring, l.lsn, l.index, l.xid,
    '2000-01-01 00:00:00+00'::timestamptz + l.moment * interval '1 microsecond',
    l.shape, l.kind, l.backfill, l.message
  from unnest(lsns, indexes, xids, moments, shapes, kinds, backfills, messages)
    l (lsn, index, xid, moment, shape, kind, backfill, message);

  select f.passed into passed from integratedb.fence f;
  inserted := pg_current_wal_insert_lsn();
  flushed := pg_current_wal_flush_lsn();
  return next;
end
$$;

ALTER FUNCTION integratedb.append_to_log(of_epoch bigint, into_ring smallint, read_up_to pg_lsn, lsns pg_lsn[], indexes bigint[], xids bigint[], moments bigint[], shapes bigint[], kinds "char"[], backfills bigint[], messages bytea[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.begin_slot(from_lsn pg_lsn) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  is_ahead boolean := exists (
    select from integratedb.stream s
    where s.read_lsn > from_lsn
      or s.floor_lsn >= from_lsn
      or exists (select from integratedb.log l where l.lsn >= from_lsn)
  );
begin
  if is_ahead then
    truncate integratedb.log;
    update integratedb.log_segments g
    set no = case g.ring when 0 then 0 end, began_at = case g.ring when 0 then now() end;
    update integratedb.channels c
    set position_lsn = from_lsn - 2, position_index = 0, turn = c.turn + 1;
    update integratedb.stream s
    set
      read_lsn = from_lsn, floor_lsn = '0/0', floor_index = 0, revision = s.revision + 1,
      gap_from = coalesce(s.gap_from, s.read_lsn, '0/0'),
      gap_reason = 'the database was restored on another server';
  end if;
  update integratedb.stream s set slot_lsn = from_lsn, read_lsn = greatest(s.read_lsn, from_lsn);
  return is_ahead;
end
$$;

ALTER FUNCTION integratedb.begin_slot(from_lsn pg_lsn) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.changed_tables() RETURNS TABLE(watched_id bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
begin
  return query
  select w.id
  from integratedb.watched_tables w
  join integratedb.live_digests d on d.watched_id = w.id
  where d.digest is distinct from w.digest;
end
$$;

ALTER FUNCTION integratedb.changed_tables() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.claimed_since(stakeholder bigint, of_kind text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    AS $$
  select coalesce(jsonb_object_agg(held.path, held.since), '{}')
  from (
    select distinct on (named.path) named.path, named.since
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.watched_tables w on w.id = ct.watched_id
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    cross join lateral (
      values
        (format('%I.%I', w.schema_name, w.table_name), ct.since),
        (format('%I.%I', w.schema_name, w.table_name) || '.' || cc.column_name, cc.since)
    ) named (path, since)
    where c.stakeholder_id = stakeholder and c.kind = of_kind and named.path is not null
    order by named.path, named.since
  ) held
$$;

ALTER FUNCTION integratedb.claimed_since(stakeholder bigint, of_kind text) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.describe_unmet(watched bigint[], max_results integer) RETURNS TABLE(claim_id bigint, stakeholder_id bigint, stakeholder text, path text, field text, property text, needed text, found text, problem text, complaint text, alternatives integer, faults jsonb, total bigint)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
    listed.faults,
    count(*) over ()
  from listed
  join claim using (claim_id)
  join integratedb.claims c on c.id = listed.claim_id
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  order by listed.faults -> 0 ->> 'path', s.name, c.match_no
  limit max_results
$$;

ALTER FUNCTION integratedb.describe_unmet(watched bigint[], max_results integer) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.drift() RETURNS TABLE(kind text, stakeholder text, schema_name text, table_name text, columns text[], privilege text, is_allowed boolean, statement text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
begin
  return query
  select
    case p.action when 'GRANT' then 'missing' else 'excess' end,
    p.role::text, p.schema_name::text, p.table_name::text, p.columns::text[],
    case when p.relation is null then 'USAGE' else 'SELECT' end,
    p.is_allowed,
    -- Without the lock that goes before it.
    regexp_replace(p.statement, '^lock table .*; (grant|revoke) ', '\1 ')
  from integratedb.grant_plan(
    array(
      select t.relation from integratedb.live_tables t where t.relation is not null
      union
      select g.relation from integratedb.granted_columns g
      join pg_class c on c.oid = g.relation
    ),
    array(select s.id from integratedb.stakeholders s where s.deletion is null)
  ) p
  union all
  select
    'foreign', f.role, f.schema_name, f.table_name, f.columns, f.privilege, false,
    format(
      'revoke %s%s on %I.%I from %I',
      f.privilege, ' (' || (select string_agg(quote_ident(name), ', ') from unnest(f.columns) name) || ')',
      f.schema_name, f.table_name, f.role
    )
  from integratedb.foreign_grants() f
  order by 2, 3, 4 nulls first, 1, 5;
end
$$;

ALTER FUNCTION integratedb.drift() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.empty_segment(of_ring smallint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '200ms'
    AS $$
#variable_conflict use_column
begin
  update integratedb.stream s
  set floor_lsn = l.lsn, floor_index = l.index
  from (
    select l.lsn, l.index from integratedb.log l
    where l.ring = of_ring
    order by l.lsn desc, l.index desc
    limit 1
  ) l
  where (l.lsn, l.index) > (s.floor_lsn, s.floor_index);
  execute format('truncate integratedb.log_%s', of_ring);
  update integratedb.log_segments g set no = null, began_at = null where g.ring = of_ring;
end
$$;

ALTER FUNCTION integratedb.empty_segment(of_ring smallint) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.enter_in_journal(kind text, by_gate boolean, began timestamp with time zone, tables text[], grants jsonb, reason text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_variable
declare
  most_commands constant integer := 100;
  seen jsonb;
  seen_count integer;
  unmet jsonb;
begin
  select
    jsonb_agg(jsonb_build_object('command', g.command, 'object', g.object) order by g.id)
      filter (where g.no <= most_commands),
    nullif(count(*), 0)
  into seen, seen_count
  from (
    select c.*, row_number() over (order by c.id) as no
    from integratedb.gate_commands c
    where by_gate and c.xid = pg_current_xact_id()
  ) g;

  if kind = 'overridden' then
    select coalesce(jsonb_agg(to_jsonb(u) - array['total', 'complaint', 'alternatives', 'stakeholder_id']), '[]')
    into unmet
    from integratedb.describe_unmet(null, null) u;
  end if;

  insert into integratedb.journal as j (
    kind, by_gate, by_role, application, address, validation_ms, tables, commands, command_count, grants, reason, unmet
  )
  values (
    kind, by_gate, session_user, nullif(current_setting('application_name'), ''), inet_client_addr(),
    extract(epoch from clock_timestamp() - began) * 1000, tables, seen, seen_count, grants, reason, unmet
  )
  on conflict on constraint journal_transaction_key do update set
    kind = excluded.kind,
    by_gate = excluded.by_gate,
    at = excluded.at,
    validation_ms = j.validation_ms + excluded.validation_ms,
    tables = array(select unnest(j.tables) union select unnest(excluded.tables) order by 1),
    commands = coalesce(j.commands || excluded.commands, j.commands, excluded.commands),
    command_count = coalesce(j.command_count + excluded.command_count, j.command_count, excluded.command_count),
    grants = j.grants || excluded.grants,
    reason = excluded.reason,
    unmet = excluded.unmet;
end
$$;

ALTER FUNCTION integratedb.enter_in_journal(kind text, by_gate boolean, began timestamp with time zone, tables text[], grants jsonb, reason text) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.expand_claims(watched bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  tables bigint[] := integratedb.expand_wildcards(watched);
begin
  update integratedb.claimed_columns cc
  set
    seen = true, seen_attnum = now.attnum,
    seen_type = now.type, seen_length = now.length, seen_nullable = now.nullable
  from (
    select
      leaf.claimed_table_id, leaf.field_no, leaf.field_alternative_no, leaf.column_name,
      leaf.attnum,
      coalesce(leaf.seen_type, leaf.type_name) as type,
      case
        when not leaf.seen then leaf.max_length
        when leaf.seen_length is null or leaf.max_length is null then null
        else greatest(leaf.seen_length, leaf.max_length)
      end as length,
      leaf.live_nullable and coalesce(leaf.seen_nullable, true) as nullable
    from integratedb.live_leaves leaf
    where leaf.watched_id = any (tables)
      and leaf.found
      -- What doesn't hold is not followed: another type is no wider one.
      and leaf.type_holds and leaf.length_holds and leaf.nullability_holds
  ) now
  where (cc.claimed_table_id, cc.field_no, cc.field_alternative_no, cc.column_name)
      = (now.claimed_table_id, now.field_no, now.field_alternative_no, now.column_name)
    and (cc.seen, cc.seen_attnum, cc.seen_type, cc.seen_length, cc.seen_nullable)
      is distinct from (true, now.attnum, now.type, now.length, now.nullable);

  -- What `*` found in an optional match and is gone again is needed by nobody.
  delete from integratedb.claimed_columns cc
  using integratedb.claimed_tables ct
  join integratedb.claims c on c.id = ct.claim_id and c.optional
  join integratedb.live_tables t on t.watched_id = ct.watched_id
  where ct.watched_id = any (tables)
    and cc.claimed_table_id = ct.id
    and cc.field_no = -1
    and not exists (
      select from pg_attribute a
      where a.attrelid = t.relation and a.attname = cc.column_name and not a.attisdropped
    );

  return tables;
end
$$;

ALTER FUNCTION integratedb.expand_claims(watched bigint[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.expand_wildcards(watched bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  brought_in bigint[];
  tables bigint[];
begin
  if exists (
    select from integratedb.watched_tables w
    where w.id = any (watched) and w.table_name = ''
  ) then
    -- A partition is left out: its parent stands for it.
    with member as materialized (
      select ct.claim_id, ct.alternative_no, n.nspname as schema_name, c.relname as table_name
      from integratedb.live_tables s
      join integratedb.claimed_tables ct on ct.watched_id = s.watched_id
      join pg_namespace n on n.oid = s.schema
      join pg_class c
        on c.relnamespace = n.oid
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not c.relispartition
      where s.is_schema and s.watched_id = any (watched)
    ),
    added as (
      insert into integratedb.watched_tables (schema_name, table_name)
      select distinct m.schema_name, m.table_name from member m
      on conflict on constraint watched_tables_schema_name_table_name_key do nothing
      returning id, schema_name, table_name
    ),
    named as (
      select a.* from added a
      union all
      select w.id, w.schema_name, w.table_name
      from integratedb.watched_tables w
      where (w.schema_name, w.table_name) in (select m.schema_name, m.table_name from member m)
    ),
    claimed as (
      insert into integratedb.claimed_tables (claim_id, alternative_no, watched_id, every_column, planned)
      select m.claim_id, m.alternative_no, named.id, true, false
      from member m
      join named using (schema_name, table_name)
      on conflict on constraint claimed_tables_claim_id_alternative_no_watched_id_key do nothing
      returning watched_id
    )
    select array_agg(distinct c.watched_id) into brought_in from claimed c;
    perform integratedb.mark_heard();
  end if;

  tables := watched || brought_in;

  insert into integratedb.claimed_columns (
    claimed_table_id, field_no, field_alternative_no, column_name,
    seen, seen_attnum, seen_type, seen_length, seen_nullable
  )
  select ct.id, -1, 0, l.column_name, true, l.attnum, l.type_name, l.max_length, l.is_nullable
  from integratedb.live_tables t
  join integratedb.claimed_tables ct on ct.watched_id = t.watched_id and ct.every_column
  join integratedb.live_attributes l on l.relation = t.relation
  where t.watched_id = any (tables)
  on conflict on constraint claimed_columns_pkey do nothing;

  return tables;
end
$$;

ALTER FUNCTION integratedb.expand_wildcards(watched bigint[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.expire_log(older_than interval) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  segment integratedb.log_segments;
  emptied integer := 0;
begin
  for segment in
    select g.*
    from integratedb.log_segments g
    where g.no < (select max(latest.no) from integratedb.log_segments latest)
    order by g.no
  loop
    exit when exists (
      select from (
        select l.committed_at from integratedb.log l
        where l.ring = segment.ring
        order by l.lsn desc, l.index desc
        limit 1
      ) youngest
      where youngest.committed_at > now() - older_than
    );
    perform integratedb.empty_segment(segment.ring);
    emptied := emptied + 1;
  end loop;
  return emptied;
end
$$;

ALTER FUNCTION integratedb.expire_log(older_than interval) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.fault_in_words(schema_name name, table_name name, column_name name, property text, needed text, found text, is_brief boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select case property
      when 'path' then case when table_name = '' and is_brief then 'the schema: it does not exist'
        when table_name = '' then format('schema %s: it does not exist', schema_name)
        when is_brief then 'the table: it does not exist'
        else format('%s.%s: the table does not exist', schema_name, table_name)
      end
      when 'name' then place || ': the column does not exist'
      when 'type' then format('%s to be %s: it is %s', place, needed, found)
      when 'min_length' then format('%s to have a length of at least %s: it has %s', place, needed, found)
      when 'is_nullable' then place || ' to be not null: it is nullable'
      when 'published' then format('changes of %s.%s, which can''t be published: %s', schema_name, table_name, found)
      when 'replica_identity' then format(
        case needed
          when 'full' then '%s.%s to have REPLICA IDENTITY FULL, since old values are asked for: it has %s'
          else '%s.%s to have a primary key or another replica identity, or its own UPDATE and DELETE would fail: it has %s'
        end,
        schema_name, table_name, found
      )
    end
    || case when property in ('path', 'name') and found is not null then format(' (it is called %s now)', found) else '' end
  from (
    values (case when is_brief then column_name::text else format('%s.%s.%s', schema_name, table_name, column_name) end)
  ) v (place)
$$;

ALTER FUNCTION integratedb.fault_in_words(schema_name name, table_name name, column_name name, property text, needed text, found text, is_brief boolean) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.faults(watched bigint[]) RETURNS TABLE(claim_id bigint, alternative_no integer, watched_id bigint, claimed_table_id bigint, schema_name name, table_name name, field_no integer, field_alternative_no integer, column_name name, property text, needed text, found text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
begin
  return query
  select
    ct.claim_id, ct.alternative_no, t.watched_id, ct.id, t.schema_name, t.table_name,
    null::integer, null::integer, null::name, 'path', null::text,
    (
      select format('%I.%I', n.nspname, c.relname)
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where c.oid = t.seen_relation
    )
  from integratedb.live_tables t
  join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
  where t.watched_id = any (watched) and not t.found
  union all
  select
    f.claim_id, f.alternative_no, t.watched_id, f.claimed_table_id, t.schema_name, t.table_name,
    null, null, null, f.property, f.needed, f.found
  from integratedb.live_tables t
  cross join lateral integratedb.publishing_faults(t.watched_id, t.relation) f
  where t.watched_id = any (watched) and t.is_heard and t.found and not t.is_schema
  union all
  select
    leaf.claim_id, leaf.alternative_no, leaf.watched_id, leaf.claimed_table_id, leaf.schema_name, leaf.table_name,
    leaf.field_no, leaf.field_alternative_no, leaf.column_name,
    fault.property, fault.needed, fault.found
  from integratedb.live_leaves leaf
  cross join lateral (
    values
      ('name', null,
        case when not leaf.found then (
          select a.attname::text
          from pg_attribute a
          where a.attrelid = leaf.relation
            and leaf.relation = leaf.seen_relation
            and a.attnum = leaf.seen_attnum
            and not a.attisdropped
        ) end,
        not leaf.found),
      ('type', coalesce(leaf.type_as_written, leaf.seen_type), leaf.type_name,
        leaf.found and not leaf.type_holds),
      ('min_length',
        case leaf.required_length when 2147483647 then 'unlimited' else leaf.required_length::text end,
        leaf.max_length::text,
        leaf.found and not leaf.length_holds),
      ('is_nullable', 'false', 'true', leaf.found and not leaf.nullability_holds)
  ) fault (property, needed, found, is_broken)
  where leaf.watched_id = any (watched)
    and not (leaf.found and leaf.type_holds and leaf.length_holds and leaf.nullability_holds)
    and fault.is_broken;
end
$$;

ALTER FUNCTION integratedb.faults(watched bigint[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.figures() RETURNS TABLE(stakeholder text, channel text, kind text, is_paused boolean, held_bytes double precision, unread_bytes double precision, lag_bytes double precision, lag_seconds double precision, delivered bigint, failures bigint, dead_letters bigint)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
  select null, null, null, false, coalesce(s.held_bytes, 0)::double precision, coalesce(s.unread_bytes, 0)::double precision,
    0, 0, 0, 0, 0
  from integratedb.stream_standing s
  union all
  select
    h.name::text, c.name, c.settings ->> 'type', c.paused, 0, 0,
    case when waiting.since is null then 0
      else greatest(coalesce(pg_wal_lsn_diff(s.read_lsn, c.position_lsn), 0), 0)::double precision
    end,
    coalesce(greatest(extract(epoch from clock_timestamp() - waiting.since), 0), 0)::double precision,
    c.delivered, c.failures,
    (select count(*) from integratedb.dead_letters l where l.channel_id = c.id)
  from integratedb.channels c
  join integratedb.stakeholders h on h.id = c.stakeholder_id
  cross join integratedb.stream_standing s
  left join lateral (
    select l.committed_at as since
    from integratedb.log l
    where (l.lsn, l.index) > (c.position_lsn, c.position_index)
    order by l.lsn, l.index
    limit 1
  ) waiting on c.settings ->> 'type' <> 'SOCKET' or c.delivered_at is not null
$$;

ALTER FUNCTION integratedb.figures() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.follow(watched bigint[], is_met boolean) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  tables bigint[] := integratedb.expand_claims(watched);
  relations oid[];
  stakeholders bigint[];
  change record;
  changes jsonb := '[]';
  undecided bigint[];
begin
  -- A table that was renamed away still holds what was granted on it.
  relations := array(
    select w.relation from integratedb.watched_tables w where w.id = any (tables) and w.relation is not null
    union
    select t.relation from integratedb.live_tables t where t.watched_id = any (tables) and t.relation is not null
    union
    -- What could not be revoked when another table took over the name.
    select g.relation
    from integratedb.granted_columns g
    where not is_met
      and not exists (select from integratedb.watched_tables w where w.relation = g.relation)
  );
  stakeholders := array(
    select c.stakeholder_id
    from integratedb.claimed_tables ct
    join integratedb.claims c on c.id = ct.claim_id
    where ct.watched_id = any (tables)
    union
    select g.stakeholder_id from integratedb.granted_columns g where g.relation = any (relations)
  );

  for change in
    select r.*, coalesce(r.schema_name || '.' || r.table_name, r.schema_name) as path
    from integratedb.reconcile_grants(relations, stakeholders) r
  loop
    changes := changes || jsonb_strip_nulls(jsonb_build_object(
      'action', change.action, 'role', change.role, 'on', change.path,
      'columns', to_jsonb(change.columns), 'problem', change.problem
    ));
    continue when change.problem is null;
    raise warning 'IntegrateDB could not % % % %: %',
      lower(change.action),
      case when change.table_name is null then 'USAGE on schema ' else 'SELECT on ' end || change.path,
      case change.action when 'GRANT' then 'to' else 'from' end,
      change.role,
      change.problem
      using hint = 'It is tried again at the next integratedb_sync().';
    undecided := undecided || array(
      select w.id from integratedb.watched_tables w
      where w.schema_name = change.schema_name
        and (change.table_name is null or w.table_name = change.table_name)
      union
      -- What it was called when it was claimed, if it has another name by now.
      select w.id
      from integratedb.watched_tables w
      join pg_class c on c.oid = w.relation and c.relname = change.table_name
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = change.schema_name
    );
  end loop;

  perform integratedb.follow_publications();

  if not is_met then
    undecided := undecided || array(select u.watched_id from integratedb.unmet(tables) u);
  end if;

  update integratedb.watched_tables w
  set relation = coalesce(d.relation, w.relation), digest = d.digest
  from integratedb.live_digests d
  where d.watched_id = any (tables) and w.id = d.watched_id and w.digest is distinct from d.digest;

  update integratedb.watched_tables w
  set digest = null
  where w.id = any (undecided) and w.digest is not null;
  return changes;
end
$$;

ALTER FUNCTION integratedb.follow(watched bigint[], is_met boolean) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.follow_publications() RETURNS TABLE(schema_name name, table_name name, owner name, problem text, code text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  step record;
begin
  for step in select p.* from integratedb.publication_plan() p loop
    begin
      execute step.statement;
    exception
      when others then
        schema_name := step.schema_name;
        table_name := step.table_name;
        owner := (
          select r.rolname from pg_class c join pg_roles r on r.oid = c.relowner where c.oid = step.relation
        );
        problem := sqlerrm;
        code := sqlstate;
        raise warning 'IntegrateDB could not %: %', step.statement, sqlerrm
          using hint = 'It is tried again at the next integratedb_sync().';
        return next;
    end;
  end loop;
end
$$;

ALTER FUNCTION integratedb.follow_publications() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.foreign_grants() RETURNS TABLE(role text, schema_name text, table_name text, columns text[], privilege text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
  with holder as (
    select s.id, s.name, r.oid
    from integratedb.stakeholders s
    join pg_roles r on r.rolname = s.name
    where s.deletion is null
  ),
  candidate as (
    select c.oid, c.relname, n.nspname, c.relowner, c.relacl
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'integratedb'
  )
  select h.name::text, c.nspname::text, c.relname::text, null::text[], acl.privilege_type
  from candidate c
  cross join lateral aclexplode(c.relacl) acl
  join holder h on h.oid = acl.grantee and h.oid <> c.relowner
  union all
  select h.name::text, c.nspname::text, c.relname::text, array_agg(a.attname::text order by a.attnum), acl.privilege_type
  from candidate c
  join pg_attribute a on a.attrelid = c.oid and a.attacl is not null and not a.attisdropped
  cross join lateral aclexplode(a.attacl) acl
  join holder h on h.oid = acl.grantee and h.oid <> c.relowner
  where not (
    acl.privilege_type = 'SELECT' and exists (
      select from integratedb.granted_columns g
      where g.stakeholder_id = h.id and g.relation = c.oid and a.attnum = any (g.attnums)
    )
  )
    and not (
      acl.privilege_type = 'SELECT' and exists (
        select
        from integratedb.live_tables t
        join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
        join integratedb.claims cl on cl.id = ct.claim_id and cl.kind = 'claims' and cl.stakeholder_id = h.id
        join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
        where t.relation = c.oid and cc.column_name = a.attname
      )
    )
  group by h.name, c.nspname, c.relname, acl.privilege_type
$$;

ALTER FUNCTION integratedb.foreign_grants() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.gate_mark() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if tg_event = 'sql_drop' then
    insert into integratedb.gate_commands (command, object)
    select tg_tag, d.object_identity
    from pg_event_trigger_dropped_objects() d
    where not d.is_temporary
      and (
        d.object_type in (
          'table', 'table column', 'view', 'materialized view', 'foreign table', 'foreign table column',
          'schema', 'domain constraint'
        )
        -- Not those that every table drops with it.
        or (d.object_type = 'type' and d.original)
      )
      and d.schema_name is distinct from 'integratedb';
  else
    insert into integratedb.gate_commands (command, object)
    select c.command_tag, c.object_identity
    from pg_event_trigger_ddl_commands() c
    where c.schema_name is distinct from 'pg_temp'
      and c.schema_name is distinct from 'integratedb'
      and c.object_type not in ('index', 'publication', 'publication relation');
  end if;

  if found then
    insert into integratedb.gate_marks default values on conflict on constraint gate_marks_pkey do nothing;
  end if;
end
$$;

ALTER FUNCTION integratedb.gate_mark() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.gate_validate() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    AS $$
declare
  reason text := nullif(btrim(current_setting('integratedb.override', true)), '');
begin
  delete from integratedb.gate_marks m where m.xid = new.xid;
  if reason is not null and not integratedb.may_override(session_user) then
    raise exception '% may not override the gate of IntegrateDB', session_user
      using
        errcode = 'insufficient_privilege',
        hint = 'Only members of the role integratedb_override may set integratedb.override.';
  end if;

  if reason is null then
    perform integratedb.validate_migration(100, true);
  else
    perform integratedb.sync(reason);
  end if;
  delete from integratedb.gate_commands c where c.xid = new.xid;
  return null;
end
$$;

ALTER FUNCTION integratedb.gate_validate() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.grant_plan(relations oid[], stakeholders bigint[]) RETURNS SETOF integratedb.grant_step
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
begin
  return query
  with holder as materialized (
    select s.id, s.name as role, r.oid
    from integratedb.stakeholders s
    join pg_roles r on r.rolname = s.name
    where s.id = any (stakeholders)
  ),
  column_state as (
    select
      c.stakeholder_id, t.relation, a.attnum, a.attname::text as name,
      true as is_wanted, false as is_held, false as is_ours
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
    join integratedb.claims c on c.id = ct.claim_id and c.kind = 'claims'
    join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    join pg_attribute a
      on a.attrelid = t.relation and a.attname = cc.column_name and a.attnum > 0 and not a.attisdropped
    where t.relation = any (relations) and c.stakeholder_id = any (stakeholders)
    union all
    select h.id, a.attrelid, a.attnum, a.attname::text, false, true, false
    from pg_attribute a
    cross join lateral aclexplode(a.attacl) acl
    join holder h on h.oid = acl.grantee
    where a.attrelid = any (relations)
      and a.attacl is not null
      and acl.privilege_type = 'SELECT'
      and not a.attisdropped
    union all
    select g.stakeholder_id, g.relation, unnest(g.attnums), null, false, false, true
    from integratedb.granted_columns g
    where g.relation = any (relations) and g.stakeholder_id = any (stakeholders)
  ),
  difference as (
    select
      s.stakeholder_id, s.relation, s.attnum, min(s.name)::name as name,
      case when bool_or(s.is_wanted) then 'GRANT' else 'REVOKE' end as action
    from column_state s
    group by s.stakeholder_id, s.relation, s.attnum
    having bool_or(s.is_wanted) <> bool_or(s.is_held)
      and (bool_or(s.is_wanted) or bool_or(s.is_ours))
  ),
  -- A table of a schema needs USAGE on it, however many claims name it.
  wanted_schema as (
    select distinct c.stakeholder_id, t.schema
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.live_tables t on t.watched_id = ct.watched_id and t.found
    where c.stakeholder_id = any (stakeholders) and c.kind = 'claims'
  ),
  schema_difference as (
    select h.id as stakeholder_id, h.role, 'GRANT' as action, w.schema
    from wanted_schema w
    join holder h on h.id = w.stakeholder_id
    where not has_schema_privilege(h.oid, w.schema, 'USAGE')
    union all
    select h.id, h.role, 'REVOKE', g.schema
    from integratedb.granted_schemas g
    join holder h on h.id = g.stakeholder_id
    join pg_namespace n on n.oid = g.schema
    where not exists (
      select from wanted_schema w
      where w.stakeholder_id = g.stakeholder_id and w.schema = g.schema
    )
  ),
  -- What this transaction has locked is its own to change.
  locked as materialized (
    select l.relation
    from pg_locks l
    join pg_database d on d.oid = l.database and d.datname = current_database()
    where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
  )
  select step.*
  from (
    select
      d.action, h.id, h.role, n.oid, c.oid, d.attnums, n.nspname, c.relname, d.columns,
      has_schema_privilege(n.oid, 'USAGE') and (
        has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION') or (
          select bool_and(has_column_privilege(c.oid, attnum, 'SELECT WITH GRANT OPTION'))
          from unnest(d.attnums) attnum
        )
      ),
      -- The lock fails at once, instead of waiting, if another transaction is changing
      -- the table: so two migrations can't wait for each other, and that
      -- transaction's own sync follows. It would also fail for a table that this one
      -- has locked and others wait for. Views can't be locked like this.
      case
        when c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'SELECT')
          and c.oid not in (select l.relation from locked l)
          then format('lock table only %I.%I in access share mode nowait; ', n.nspname, c.relname)
        else ''
      end || format(
        case d.action
          when 'GRANT' then 'grant select (%s) on %I.%I to %I'
          else 'revoke select (%s) on %I.%I from %I'
        end,
        (select string_agg(quote_ident(name), ', ') from unnest(d.columns) name), n.nspname, c.relname, h.role
      )
    from (
      select
        d.stakeholder_id, d.relation, d.action,
        array_agg(d.attnum order by d.attnum) as attnums,
        array_agg(d.name order by d.attnum) as columns
      from difference d
      group by d.stakeholder_id, d.relation, d.action
    ) d
    join holder h on h.id = d.stakeholder_id
    join pg_class c on c.oid = d.relation
    join pg_namespace n on n.oid = c.relnamespace
    union all
    select
      d.action, d.stakeholder_id, d.role, n.oid, null, null, n.nspname, null, null,
      has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION'),
      format(
        case d.action when 'GRANT' then 'grant usage on schema %I to %I' else 'revoke usage on schema %I from %I' end,
        n.nspname, d.role
      )
    from schema_difference d
    join pg_namespace n on n.oid = d.schema
  ) step (
    action, stakeholder_id, role, schema, relation, attnums, schema_name, table_name, columns, is_allowed,
    statement
  )
  order by step.action desc, step.relation is not null, step.schema_name, step.table_name, step.role;
end
$$;

ALTER FUNCTION integratedb.grant_plan(relations oid[], stakeholders bigint[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.hearings() RETURNS TABLE(stakeholder_id bigint, match_no integer, schema_name name, table_name name, columns text[], listens jsonb)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
  with readable as materialized (
    select distinct c.stakeholder_id, ct.watched_id, cc.column_name
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    where c.kind = 'claims'
  )
  select
    c.stakeholder_id, c.match_no, t.schema_name, t.table_name,
    array(
      select distinct cc.column_name::text
      from integratedb.claimed_columns cc
      join readable r
        on r.stakeholder_id = c.stakeholder_id
        and r.watched_id = ct.watched_id
        and r.column_name = cc.column_name
      left join pg_attribute a on a.attrelid = t.relation and a.attname = cc.column_name and not a.attisdropped
      where cc.claimed_table_id = ct.id
        -- What is gone has no privileges any more; the log may still tell of it.
        and (a.attnum is null or coalesce(has_column_privilege(owner.oid, t.relation, a.attnum, 'SELECT'), false))
      order by 1
    ),
    c.listens
  from integratedb.claims c
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  -- Somebody may have dropped it, who may read nothing then.
  join pg_roles owner on owner.rolname = s.name
  join integratedb.claimed_tables ct on ct.claim_id = c.id
  join integratedb.live_tables t on t.watched_id = ct.watched_id and not t.is_schema
  left join lateral integratedb.publishing(t.relation) p on true
  where c.kind = 'notifications'
    and p.obstacle is null
    and exists (
      select from readable r where r.stakeholder_id = c.stakeholder_id and r.watched_id = ct.watched_id
    )
$$;

ALTER FUNCTION integratedb.hearings() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.identity_remedy(of_schema name, of_table name) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select string_agg(
    format('ALTER TABLE %I.%I REPLICA IDENTITY FULL;', n.nspname, c.relname), ' '
    order by part.level, n.nspname, c.relname
  )
  from pg_class heard
  join pg_namespace s on s.oid = heard.relnamespace and s.nspname = of_schema
  cross join lateral (
    select heard.oid as relation, 0 as level
    union
    select p.relid, p.level from pg_partition_tree(heard.oid) p where p.isleaf
  ) part
  join pg_class c on c.oid = part.relation and c.relreplident <> 'f'
  join pg_namespace n on n.oid = c.relnamespace
  where heard.relname = of_table and heard.relkind in ('r', 'p')
$$;

ALTER FUNCTION integratedb.identity_remedy(of_schema name, of_table name) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.keep_shape(relation_message bytea, types oid[]) RETURNS TABLE(id bigint, base_types oid[])
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  resolved oid[];
begin
  with recursive step as (
    select c.no, c.type, 0 as depth from unnest(types) with ordinality c (type, no)
    union all
    select s.no, t.typbasetype, s.depth + 1
    from step s
    join pg_type t on t.oid = s.type and t.typtype = 'd'
  )
  select array_agg(last.type order by last.no) into resolved
  from (select distinct on (s.no) s.no, s.type from step s order by s.no, s.depth desc) last;

  return query
  insert into integratedb.log_shapes as s (hash, message, base_types)
  values (
    sha256(relation_message || array_send(coalesce(resolved, '{}'))), relation_message, coalesce(resolved, '{}')
  )
  on conflict on constraint log_shapes_hash_key do update set message = excluded.message
  returning s.id, s.base_types;
end
$$;

ALTER FUNCTION integratedb.keep_shape(relation_message bytea, types oid[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.lead_stream() RETURNS TABLE(epoch bigint, lsn pg_lsn, index bigint, ring smallint, bytes bigint)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
begin
  update integratedb.stream s set epoch = s.epoch + 1 returning s.epoch into epoch;
  select l.lsn, l.index into lsn, index
  from integratedb.log l
  order by l.lsn desc, l.index desc
  limit 1;
  if lsn is null then
    select s.floor_lsn, s.floor_index into lsn, index from integratedb.stream s;
  end if;
  select g.ring into ring from integratedb.log_segments g where g.no is not null order by g.no desc limit 1;
  bytes := pg_table_size(format('integratedb.log_%s', ring));
  return next;
end
$$;

ALTER FUNCTION integratedb.lead_stream() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.lock_tables(stakeholders bigint[], document jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
declare
  tables text;
begin
  loop
    select string_agg(format('only %I.%I', n.nspname, c.relname), ', ' order by c.oid)
    into tables
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and has_schema_privilege(n.oid, 'USAGE')
      and has_table_privilege(c.oid, 'SELECT')
      and (
        c.oid in (select g.relation from integratedb.granted_columns g where g.stakeholder_id = any (stakeholders))
        or (n.nspname, c.relname) in (
          select (a ->> 'schema')::name, (a ->> 'table')::name
          from jsonb_path_query(document, '$.match[*].alternatives[*]') a
        )
        or not c.relispartition and n.nspname in (
          select (a ->> 'schema')::name
          from jsonb_path_query(document, '$.match[*].alternatives[*] ? (@.table == null)') a
        )
      );
    exit when tables is null;
    begin
      execute format('lock table %s in access share mode', tables);
      exit;
    exception
      -- One was dropped or renamed while this waited: look again.
      when undefined_table or invalid_schema_name then null;
    end;
  end loop;
end
$_$;

ALTER FUNCTION integratedb.lock_tables(stakeholders bigint[], document jsonb) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.lock_to_publish(document jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1500ms'
    AS $_$
declare
  named record;
begin
  for named in
    select n.nspname, c.relname
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and (n.nspname, c.relname) in (
        select (a ->> 'schema')::name, (a ->> 'table')::name
        from jsonb_path_query(document, '$.match[*].alternatives[*]') a
      )
      and c.oid not in (
        select r.prrelid
        from pg_publication_rel r
        join pg_publication p on p.oid = r.prpubid
        where p.pubname in ('integratedb', 'integratedb_inserts')
      )
      and pg_has_role(c.relowner, 'USAGE')
    order by c.oid
  loop
    begin
      execute format('lock table only %I.%I in share update exclusive mode', named.nspname, named.relname);
    exception
      -- What is gone by now is said later, in words.
      when undefined_table or invalid_schema_name then null;
    end;
  end loop;
end
$_$;

ALTER FUNCTION integratedb.lock_to_publish(document jsonb) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.look_at_stream(of_epoch bigint) RETURNS TABLE(passed bigint, revision bigint, inserted pg_lsn, flushed pg_lsn)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select f.passed, s.revision, pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()
  from integratedb.stream s
  cross join integratedb.fence f
  where of_epoch is null or s.epoch = of_epoch
$$;

ALTER FUNCTION integratedb.look_at_stream(of_epoch bigint) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.lose_slot(why text) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update integratedb.stream s
  set
    gap_from = case when s.slot_lsn is null then s.gap_from else coalesce(s.gap_from, s.read_lsn, s.slot_lsn) end,
    gap_reason = case when s.slot_lsn is null then s.gap_reason else coalesce(s.gap_reason, why) end,
    slot_lsn = null
$$;

ALTER FUNCTION integratedb.lose_slot(why text) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.mark_heard() RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with heard as (
    select distinct ct.watched_id
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    where c.kind = 'notifications'
  )
  update integratedb.watched_tables w
  set is_heard = not w.is_heard
  where w.is_heard <> exists (select from heard h where h.watched_id = w.id)
$$;

ALTER FUNCTION integratedb.mark_heard() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.may_override(role name) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (
    select from pg_roles r
    where r.rolname = role
      and (
        r.rolsuper
        or exists (
          select from pg_roles o
          where o.rolname = 'integratedb_override' and pg_has_role(r.oid, o.oid, 'MEMBER')
        )
      )
  )
$$;

ALTER FUNCTION integratedb.may_override(role name) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.names_in_words(names text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select case
    when count(*) <= 6 then concat_ws(' and ', string_agg(name, ', ') filter (where no < count), max(name) filter (where no = count))
    else format('%s and %s more', string_agg(name, ', ') filter (where no <= 5), count(*) - 5)
  end
  from (
    select name, row_number() over (order by name) as no, count(*) over () as count
    from unnest(names) name
  ) n
$$;

ALTER FUNCTION integratedb.names_in_words(names text[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.names_of_type(type oid) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select array[
    n.nspname || '.' || element.typname || suffix,
    format_type(type, null)
  ] || case
    -- A built-in type's name, or what information_schema says, stays theirs.
    when not exists (
      select from pg_type b
      where b.typnamespace = 'pg_catalog'::regnamespace
        and format_type(b.oid, null) = element.typname || suffix
    ) and element.typname not in ('ARRAY', 'USER-DEFINED')
      then array[element.typname || suffix]
  end
  from pg_type t
  cross join lateral (
    select
      case when t.typelem <> 0 and t.typlen = -1 then t.typelem else t.oid end as oid,
      case when t.typelem <> 0 and t.typlen = -1 then '[]' else '' end as suffix
  ) part
  join pg_type element on element.oid = part.oid
  join pg_namespace n on n.oid = element.typnamespace
  where t.oid = type
$$;

ALTER FUNCTION integratedb.names_of_type(type oid) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.notification_status(stakeholder bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
  select jsonb_build_object(
    'stream', (
      select jsonb_build_object(
        'from', s.from_lsn::text, 'read', s.read_lsn::text, 'is_being_read', s.is_being_read,
        'held_bytes', s.held_bytes
      )
      from integratedb.stream_standing s
    ),
    'channels', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'name', c.name,
          'type', c.settings ->> 'type',
          'paused', c.paused,
          'position', c.position_lsn || ':' || c.position_index,
          'pending', pending.count,
          'oldest_pending_at', pending.oldest,
          'lag_bytes', greatest(pg_wal_lsn_diff(s.read_lsn, c.position_lsn), 0) * (pending.count > 0)::integer,
          'delivered', c.delivered,
          'delivered_at', c.delivered_at,
          'failures', c.failures,
          'last_error', c.error,
          'last_error_at', c.error_at,
          'dead_letters', (select count(*) from integratedb.dead_letters l where l.channel_id = c.id)
        )
        order by c.id
      )
      from integratedb.channels c
      cross join integratedb.stream_standing s
      cross join lateral (
        select count(*) as count, min(p.committed_at) as oldest
        from (
          select l.committed_at from integratedb.log l
          where (l.lsn, l.index) > (c.position_lsn, c.position_index)
          order by l.lsn, l.index
          limit 10000
        ) p
      ) pending
      where c.stakeholder_id = stakeholder
    ), '[]')
  )
$$;

ALTER FUNCTION integratedb.notification_status(stakeholder bigint) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.path_exists(target text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (
    select from pg_namespace n where target in (n.nspname::text, quote_ident(n.nspname))
  ) or exists (
    select
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and target in (
        n.nspname || '.' || c.relname,
        format('%I.%I', n.nspname, c.relname),
        n.nspname || '.' || c.relname || '.' || a.attname,
        format('%I.%I.%I', n.nspname, c.relname, a.attname)
      )
  )
$$;

ALTER FUNCTION integratedb.path_exists(target text) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.path_in_words(schema_name name, table_name name) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select schema_name || '.' || case table_name when '' then '*' else table_name::text end
$$;

ALTER FUNCTION integratedb.path_in_words(schema_name name, table_name name) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.publication_plan() RETURNS TABLE(relation oid, schema_name name, table_name name, action text, statement text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with wanted as (
    select
      t.relation,
      case p.identity when 'none' then 'integratedb_inserts' else 'integratedb' end as publication
    from integratedb.live_tables t
    cross join lateral integratedb.publishing(t.relation) p
    where t.is_heard and t.relation is not null and p.obstacle is null
  ),
  held as (
    select r.prrelid as relation, p.pubname::text as publication
    from pg_publication p
    join pg_publication_rel r on r.prpubid = p.oid
    where p.pubname in ('integratedb', 'integratedb_inserts')
  ),
  step as (
    select h.relation, h.publication, 'drop' as action from held h
    where (h.relation, h.publication) not in (select w.relation, w.publication from wanted w)
    union all
    select w.relation, w.publication, 'add' from wanted w
    where (w.relation, w.publication) not in (select h.relation, h.publication from held h)
  )
  select
    s.relation, n.nspname, c.relname, s.action,
    format('alter publication %I %s table only %I.%I', s.publication, s.action, n.nspname, c.relname)
  from step s
  join pg_class c on c.oid = s.relation
  join pg_namespace n on n.oid = c.relnamespace
  order by s.action desc, n.nspname, c.relname
$$;

ALTER FUNCTION integratedb.publication_plan() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.publishing(relation oid) RETURNS TABLE(obstacle text, identity text, key name[])
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with leaf as (
    select c.relreplident, i.indexrelid
    from (
      select relation as oid
      where not exists (select from pg_partition_tree(relation) p where p.isleaf)
      union all
      select p.relid from pg_partition_tree(relation) p where p.isleaf
    ) l
    join pg_class c on c.oid = l.oid
    left join pg_index i
      on i.indrelid = c.oid
      and i.indisvalid
      and i.indimmediate
      and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident end
  )
  select
    case
      when c.relkind = 'v' then 'it is a view'
      when c.relkind = 'm' then 'it is a materialized view'
      when c.relkind = 'f' then 'it is a foreign table'
      when c.relpersistence <> 'p' then 'it is unlogged'
      when c.relispartition then (
        select format('it is a partition of %I.%I, whose events tell of it', n.nspname, r.relname)
        from pg_class r
        join pg_namespace n on n.oid = r.relnamespace
        where r.oid = pg_partition_root(c.oid)
      )
      when c.relrowsecurity then 'row level security is in force on it, and changes can''t be held against its policies'
    end,
    (
      select case
        when not bool_and(l.relreplident = 'f' or l.indexrelid is not null) then 'none'
        when c.relreplident <> 'f' then 'key'
        when bool_and(l.relreplident = 'f') then 'full'
        else 'mixed'
      end
      from leaf l
    ),
    array(
      select a.attname
      from pg_index i
      cross join unnest(i.indkey::smallint[]) with ordinality k (attnum, no)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indrelid = c.oid
        and i.indisvalid
        and i.indimmediate
        and k.no <= i.indnkeyatts
        and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident end
      order by a.attnum
    )
  from pg_class c
  where c.oid = relation
$$;

ALTER FUNCTION integratedb.publishing(relation oid) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.publishing_faults(watched bigint, relation oid) RETURNS TABLE(claim_id bigint, alternative_no integer, claimed_table_id bigint, property text, needed text, found text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
    and not exists (
      select
      from integratedb.claimed_tables whole
      join integratedb.watched_tables w on w.id = whole.watched_id and w.table_name = ''
      where whole.claim_id = ct.claim_id and whole.alternative_no = ct.alternative_no
    )
$$;

ALTER FUNCTION integratedb.publishing_faults(watched bigint, relation oid) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.read_log(after_lsn pg_lsn, after_index bigint, most integer, bytes bigint) RETURNS TABLE(floor_lsn pg_lsn, floor_index bigint, passed bigint, lsn pg_lsn, index bigint, xid bigint, moment bigint, shape_id bigint, kind "char", backfill_id bigint, message bytea)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_bitmapscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
  select
    s.floor_lsn, s.floor_index, f.passed,
    l.lsn, l.index, l.xid, l.moment, l.shape_id, l.kind, l.backfill_id, l.message
  from integratedb.stream s
  cross join integratedb.fence f
  left join lateral (
    select p.*
    from (
      select
        l.lsn, l.index, l.xid,
        (extract(epoch from l.committed_at - '2000-01-01 00:00:00+00'::timestamptz) * 1000000)::bigint as moment,
        l.shape_id, l.kind, l.backfill_id, l.message,
        sum(octet_length(l.message)) over (order by l.lsn, l.index rows unbounded preceding)
          - octet_length(l.message) as before
      from (
        select * from integratedb.log l
        where (l.lsn, l.index) > (after_lsn, after_index)
        order by l.lsn, l.index
        limit most
      ) l
    ) p
    where p.before < bytes
  ) l on true
  order by l.lsn, l.index
$$;

ALTER FUNCTION integratedb.read_log(after_lsn pg_lsn, after_index bigint, most integer, bytes bigint) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.reconcile_grants(relations oid[], stakeholders bigint[]) RETURNS TABLE(stakeholder_id bigint, role name, action text, schema_name name, table_name name, columns name[], problem text, code text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    SET lock_timeout TO '100ms'
    AS $$
#variable_conflict use_column
declare
  steps integratedb.grant_step[] := array(select p from integratedb.grant_plan(relations, stakeholders) p);
  step integratedb.grant_step;
  is_carried_out boolean := false;
  carried_out integratedb.grant_step[];
begin
  delete from integratedb.granted_columns g
  where g.relation = any (relations)
    and not exists (select from pg_class c where c.oid = g.relation);

  delete from integratedb.granted_schemas g
  where g.stakeholder_id = any (stakeholders)
    and not exists (select from pg_namespace n where n.oid = g.schema);

  -- All of them, or if that fails, each for itself to learn which one can't be.
  begin
    execute coalesce((select string_agg(s.statement, '; ') from unnest(steps) s where s.is_allowed), '');
    is_carried_out := true;
  exception
    when others then perform set_config('lock_timeout', '1ms', true);
  end;

  foreach step in array steps loop
    stakeholder_id := step.stakeholder_id;
    role := step.role;
    action := step.action;
    schema_name := step.schema_name;
    table_name := step.table_name;
    columns := step.columns;
    problem := null;
    code := null;

    if not step.is_allowed then
      problem := format('%s may not grant it', current_user);
      code := 'not_allowed';
    elsif not is_carried_out then
      begin
        execute step.statement;
      exception
        when lock_not_available then
          problem := 'another transaction is changing the table';
          code := sqlstate;
        when others then
          problem := sqlerrm;
          code := sqlstate;
      end;
    end if;

    -- A REVOKE takes back only what its grantor gave, and says nothing of the rest:
    -- grants of the owner stay if IntegrateDB has got the grant option since.
    if problem is null and step.action = 'REVOKE' and step.relation is not null and exists (
      select
      from pg_attribute a
      cross join lateral aclexplode(a.attacl) acl
      join pg_roles r on r.oid = acl.grantee
      where a.attrelid = step.relation
        and a.attnum = any (step.attnums)
        and acl.privilege_type = 'SELECT'
        and r.rolname = step.role
    ) then
      problem := format('another grantor than %s gave it', current_user);
      code := 'not_allowed';
    end if;

    if problem is null then
      carried_out := carried_out || step;
    elsif step.action = 'GRANT' and step.relation is not null and (
      select bool_and(has_column_privilege(step.role, step.relation, attnum, 'SELECT'))
      from unnest(step.attnums) attnum
    ) then
      -- It can read already, by somebody else's grant.
      continue;
    end if;
    return next;
  end loop;

  perform integratedb.record_grants(carried_out);
end
$$;

ALTER FUNCTION integratedb.reconcile_grants(relations oid[], stakeholders bigint[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.reconcile_stakeholder(stakeholder bigint) RETURNS TABLE(stakeholder_id bigint, role name, action text, schema_name name, table_name name, columns name[], problem text, code text)
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select r.*
  from integratedb.reconcile_grants(
    array(
      select t.relation
      from integratedb.live_tables t
      join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
      join integratedb.claims c on c.id = ct.claim_id
      where c.stakeholder_id = stakeholder and t.relation is not null
      union
      select g.relation from integratedb.granted_columns g where g.stakeholder_id = stakeholder
    ),
    array[stakeholder]
  ) r
$$;

ALTER FUNCTION integratedb.reconcile_stakeholder(stakeholder bigint) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.record_grants(steps integratedb.grant_step[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into integratedb.granted_schemas (stakeholder_id, schema)
  select s.stakeholder_id, s.schema
  from unnest(steps) s
  where s.relation is null and s.action = 'GRANT'
  on conflict on constraint granted_schemas_pkey do nothing;

  delete from integratedb.granted_schemas g
  using unnest(steps) s
  where s.relation is null and s.action = 'REVOKE'
    and g.stakeholder_id = s.stakeholder_id and g.schema = s.schema;

  insert into integratedb.granted_columns as g (stakeholder_id, relation, attnums)
  select s.stakeholder_id, s.relation, s.attnums
  from unnest(steps) s
  where s.relation is not null and s.action = 'GRANT'
  on conflict on constraint granted_columns_pkey do update
  set attnums = array(select unnest(g.attnums) union select unnest(excluded.attnums) order by 1);

  update integratedb.granted_columns g
  set attnums = array(select unnest(g.attnums) except select unnest(s.attnums) order by 1)
  from unnest(steps) s
  where s.relation is not null and s.action = 'REVOKE'
    and g.stakeholder_id = s.stakeholder_id and g.relation = s.relation;

  delete from integratedb.granted_columns g
  using unnest(steps) s
  where g.stakeholder_id = s.stakeholder_id and g.relation = s.relation and g.attnums = '{}';
end
$$;

ALTER FUNCTION integratedb.record_grants(steps integratedb.grant_step[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.refuse_migration(watched bigint[], max_results integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  total bigint;
  headline text;
  complaints text;
  in_one_line text;
  ways_out text;
  claims jsonb;
begin
  with unmet as materialized (
    select u.* from integratedb.describe_unmet(watched, greatest(max_results, 1)) u
  ),
  complaint as (
    select
      u.path, u.complaint, u.alternatives = 1 as is_only_choice,
      count(*) as claims, array_agg(distinct u.stakeholder) as stakeholders
    from unmet u
    group by u.path, u.complaint, u.alternatives = 1
  ),
  affected as (
    select
      c.path,
      sum(c.claims) as claims,
      string_agg(
        '  ' || integratedb.names_in_words(c.stakeholders)
          || case
            when c.is_only_choice and cardinality(c.stakeholders) = 1 then ' needs '
            when c.is_only_choice then ' need '
            when cardinality(c.stakeholders) = 1 then ' has no alternative left: it needs '
            else ' have no alternative left: they need '
          end
          || c.complaint,
        E'\n' order by c.stakeholders, c.complaint
      ) as lines
    from complaint c
    group by c.path
  )
  select
    (select max(u.total) from unmet u),
    (
      select string_agg(
        case when (select max(u.total) from unmet u) = 1 then a.path
          else format('%s (%s)', a.path, case a.claims when 1 then '1 claim' else a.claims || ' claims' end)
        end || E'\n' || a.lines,
        E'\n' order by a.path
      )
      from affected a
    ),
    (select string_agg(u.problem, '. ' order by u.path, u.stakeholder, u.claim_id) from (select * from unmet limit 5) u),
    (select integratedb.ways_out(u.stakeholder, u.faults -> 0) from unmet u limit 1),
    (
      select jsonb_agg(
        jsonb_build_object('claim_id', u.claim_id, 'stakeholder', u.stakeholder, 'faults', u.faults)
        order by u.path, u.stakeholder, u.claim_id
      )
      from unmet u
    )
  into total, complaints, in_one_line, ways_out, claims;

  headline := case total when 1 then '1 claim' else total || ' claims' end || ' would be unmet';
  if not current_setting('transaction_read_only')::boolean then
    perform nextval('integratedb.refusals'),
      setval('integratedb.refused_at', (extract(epoch from clock_timestamp()) * 1000000)::bigint);
  end if;
  raise log '%', regexp_replace(
    format(
      'IntegrateDB.InvalidMigration: refused the migration of role %s, application "%s": %s: %s%s',
      session_user, current_setting('application_name'), headline, in_one_line,
      case when total > 5 then format('. And %s more', total - 5) else '' end
    ),
    '\s+', ' ', 'g'
  );

  raise exception 'IntegrateDB.InvalidMigration'
    using
      errcode = 'P0001',
      detail = concat(
        headline, E':\n', complaints,
        case when total > jsonb_array_length(claims)
          then format(E'\n… and %s more', total - jsonb_array_length(claims))
        end,
        E'\n\n', ways_out, E'\nJSON: ', claims
      ),
      hint = 'Please resolve the unmet claims above. Keep what they need until their stakeholders have moved on.';
end
$$;

ALTER FUNCTION integratedb.refuse_migration(watched bigint[], max_results integer) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.restore_since(stakeholder bigint, of_kind text, since jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    AS $$
#variable_conflict use_column
begin
  update integratedb.claimed_tables ct
  set since = (restore_since.since ->> format('%I.%I', w.schema_name, w.table_name))::timestamptz
  from integratedb.claims c, integratedb.watched_tables w
  where c.stakeholder_id = stakeholder
    and c.kind = of_kind
    and ct.claim_id = c.id
    and ct.every_column
    and w.id = ct.watched_id
    and restore_since.since ? format('%I.%I', w.schema_name, w.table_name);

  update integratedb.claimed_columns cc
  set since = (restore_since.since ->> (format('%I.%I', w.schema_name, w.table_name) || '.' || cc.column_name))::timestamptz
  from integratedb.claims c
  join integratedb.claimed_tables ct on ct.claim_id = c.id and ct.every_column
  join integratedb.watched_tables w on w.id = ct.watched_id
  where c.stakeholder_id = stakeholder
    and c.kind = of_kind
    and cc.claimed_table_id = ct.id
    and cc.field_no = -1
    and restore_since.since ? (format('%I.%I', w.schema_name, w.table_name) || '.' || cc.column_name);
end
$$;

ALTER FUNCTION integratedb.restore_since(stakeholder bigint, of_kind text, since jsonb) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.rotate_log() RETURNS smallint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  latest integratedb.log_segments;
  next_ring smallint;
begin
  select * into latest from integratedb.log_segments g where g.no is not null order by g.no desc limit 1;
  next_ring := (latest.ring + 1) % 8;
  perform integratedb.empty_segment(next_ring);
  update integratedb.log_segments g set no = latest.no + 1, began_at = now() where g.ring = next_ring;
  return next_ring;
end
$$;

ALTER FUNCTION integratedb.rotate_log() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.snapshot_left_out() RETURNS TABLE(what text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    AS $$
  with object as (
    select tableoid, oid from pg_operator
    union all select tableoid, oid from pg_opclass
    union all select tableoid, oid from pg_opfamily
    union all select tableoid, oid from pg_cast
    union all select tableoid, oid from pg_conversion
    union all select tableoid, oid from pg_language
    union all select tableoid, oid from pg_transform
    union all select tableoid, oid from pg_ts_config
    union all select tableoid, oid from pg_ts_dict
    union all select tableoid, oid from pg_ts_parser
    union all select tableoid, oid from pg_ts_template
    union all select tableoid, oid from pg_publication where pubname not in ('integratedb', 'integratedb_inserts')
    union all select tableoid, oid from pg_event_trigger where evtname !~ '^integratedb_'
    union all select t.tableoid, t.oid from pg_type t where t.typtype = 'b' and t.typelem = 0
  )
  select pg_describe_object(o.tableoid, o.oid, 0)
  from object o
  where o.oid >= 16384
    and (o.tableoid, o.oid) not in (select m.classid, m.objid from integratedb.snapshot_made_by_others m)
  order by 1
$$;

ALTER FUNCTION integratedb.snapshot_left_out() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.snapshot_objects() RETURNS TABLE(kind text, name text, sql text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET "DateStyle" TO 'ISO, YMD'
    SET "IntervalStyle" TO 'postgres'
    SET "TimeZone" TO 'UTC'
    SET extra_float_digits TO '3'
    SET bytea_output TO 'hex'
    SET jit TO 'off'
    AS $$
  select * from integratedb.snapshot_surroundings
  union all select * from integratedb.snapshot_types
  union all select * from integratedb.snapshot_routines
  union all select * from integratedb.snapshot_sequences
  union all select * from integratedb.snapshot_tables
  union all select * from integratedb.snapshot_views
  union all select * from integratedb.snapshot_constraints
  union all select * from integratedb.snapshot_reactions
$$;

ALTER FUNCTION integratedb.snapshot_objects() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.spec_faults(stakeholder bigint, of_kind text, unchanged integer[]) RETURNS TABLE(match_no integer, alternative_no integer, field_no integer, field_alternative_no integer, schema_name name, table_name name, column_name name, property text, needed text, found text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

ALTER FUNCTION integratedb.spec_faults(stakeholder bigint, of_kind text, unchanged integer[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.store_spec(stakeholder bigint, of_kind text, document jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
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
$_$;

ALTER FUNCTION integratedb.store_spec(stakeholder bigint, of_kind text, document jsonb) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.sync(override_reason text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  began timestamptz := clock_timestamp();
  tables text[];
  grants jsonb;
begin
  perform integratedb.take_fence();
  tables := integratedb.tables_that_differ();
  grants := integratedb.follow(array(select w.id from integratedb.watched_tables w), false);
  if override_reason is not null then
    perform integratedb.enter_in_journal('overridden', true, began, tables, grants, override_reason);
  elsif tables <> '{}' or grants <> '[]' then
    perform integratedb.enter_in_journal('synced', false, began, tables, grants, null);
  end if;
end
$$;

ALTER FUNCTION integratedb.sync(override_reason text) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.tables_that_differ() RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select array(
    select integratedb.path_in_words(w.schema_name, w.table_name)
    from integratedb.changed_tables() c
    join integratedb.watched_tables w on w.id = c.watched_id
    where w.digest is not null
    order by 1
  )
$$;

ALTER FUNCTION integratedb.tables_that_differ() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.take_fence() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update integratedb.fence set passed = passed + 1;
$$;

ALTER FUNCTION integratedb.take_fence() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.unmet(watched bigint[]) RETURNS TABLE(claim_id bigint, alternative_no integer, watched_id bigint, claimed_table_id bigint, schema_name name, table_name name, field_no integer, field_alternative_no integer, column_name name, property text, needed text, found text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

ALTER FUNCTION integratedb.unmet(watched bigint[]) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.untold(stakeholder bigint) RETURNS TABLE(match integer, path text, "column" text, why text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    AS $$
  with readable as materialized (
    select distinct ct.watched_id, cc.column_name
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    where c.stakeholder_id = stakeholder and c.kind = 'claims'
  ),
  named as (
    select
      c.match_no, ct.id, t.watched_id, t.relation,
      integratedb.path_in_words(t.schema_name, t.table_name) as path,
      c.needs_identity, p.obstacle, p.identity
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.live_tables t on t.watched_id = ct.watched_id and t.found and not t.is_schema
    left join lateral integratedb.publishing(t.relation) p on true
    where c.stakeholder_id = stakeholder and c.kind = 'notifications'
  )
  select n.match_no, n.path, null, 'the claims don''t name it'
  from named n
  where not exists (select from readable r where r.watched_id = n.watched_id)
  union all
  select distinct n.match_no, n.path, cc.column_name::text, 'the claims don''t name it'
  from named n
  join integratedb.claimed_columns cc on cc.claimed_table_id = n.id
  where exists (select from readable r where r.watched_id = n.watched_id)
    and not exists (
      select from readable r where r.watched_id = n.watched_id and r.column_name = cc.column_name
    )
  union all
  select n.match_no, n.path, null, 'it can''t be published: ' || n.obstacle
  from named n
  where n.obstacle is not null
  union all
  select n.match_no, n.path, null, 'UPDATE and DELETE: it has no primary key or other replica identity'
  from named n
  where n.obstacle is null and n.needs_identity and n.identity = 'none'
  union all
  select distinct n.match_no, n.path, cc.column_name::text, 'Postgres doesn''t publish generated columns'
  from named n
  join integratedb.claimed_columns cc on cc.claimed_table_id = n.id
  join pg_attribute a on a.attrelid = n.relation and a.attname = cc.column_name and a.attgenerated <> ''
$$;

ALTER FUNCTION integratedb.untold(stakeholder bigint) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.usage_has_drifted() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (
    select
    from integratedb.granted_schemas g
    join integratedb.stakeholders s on s.id = g.stakeholder_id
    join pg_roles r on r.rolname = s.name
    join pg_namespace n on n.oid = g.schema
    where not has_schema_privilege(r.oid, n.oid, 'USAGE')
  )
$$;

ALTER FUNCTION integratedb.usage_has_drifted() OWNER TO integratedb_control;

CREATE FUNCTION integratedb.validate_migration(max_results integer, by_gate boolean DEFAULT false) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  began timestamptz := clock_timestamp();
  is_fenced boolean := false;
  changed bigint[];
  tables text[] := '{}';
  grants jsonb := '[]';
begin
  -- A transaction that has written may have changed the schema, also in tables
  -- that its snapshot shows as claimed by nobody.
  if pg_current_xact_id_if_assigned() is not null then
    perform integratedb.take_fence();
    is_fenced := true;
  end if;

  changed := array(select c.watched_id from integratedb.changed_tables() c);
  if changed = '{}' and not integratedb.usage_has_drifted() then
    if by_gate then
      perform integratedb.enter_in_journal('validated', by_gate, began, tables, grants, null);
    end if;
    return 0;
  end if;

  if not is_fenced then
    perform integratedb.take_fence();
    changed := array(select c.watched_id from integratedb.changed_tables() c);
  end if;

  if exists (select from integratedb.unmet(changed)) then
    perform integratedb.refuse_migration(changed, max_results);
  end if;

  if integratedb.usage_has_drifted() then
    changed := array(
      select c.watched_id from integratedb.changed_tables() c
      union
      select t.watched_id
      from integratedb.live_tables t
      join integratedb.granted_schemas g on g.schema = t.schema
    );
  end if;
  tables := integratedb.tables_that_differ();
  grants := integratedb.follow(changed, true);
  if by_gate or tables <> '{}' or grants <> '[]' then
    perform integratedb.enter_in_journal('validated', by_gate, began, tables, grants, null);
  end if;
  return 0;
end
$$;

ALTER FUNCTION integratedb.validate_migration(max_results integer, by_gate boolean) OWNER TO integratedb_control;

CREATE FUNCTION integratedb.ways_out(stakeholder text, fault jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select case
    when fault ->> 'property' in ('published', 'replica_identity') then concat(
      'Ways out:',
      E'\n  - ', case fault ->> 'property'
        when 'published' then 'Leave the table as it can be published.'
        when 'replica_identity' then format(
          'Give it one in the same transaction: a primary key, or %s', fault ->> 'remedy'
        )
      end,
      E'\n  - Or let ', stakeholder, ' listen to less, or say that it can do without: {"path": ', fault -> 'path',
      ', …, "optional": true}'
    )
    else concat(
    'Ways out:',
    E'\n  - Expand and contract: add the new beside the old, and drop the old when its readers have moved on.',
    E'\n  - First let ', stakeholder, ' say that ',
    case fault ->> 'property'
      when 'path' then format(
        'either will do: {"alternatives": [{"path": %s, …}, {"path": %s, …, "planned": true}]}',
        fault -> 'path', coalesce(to_jsonb(fault ->> 'found')::text, '"<its new name>"')
      )
      when 'name' then format(
        'either will do: {"alternatives": [%s, {"name": %s, "planned": true}]}',
        fault -> 'field', coalesce(to_jsonb(fault ->> 'found')::text, '"<the new column>"')
      )
      when 'type' then format(
        'either will do: {"alternatives": [{"name": %s, "type": %s}, {"name": %s, "type": %s, "planned": true}]}',
        fault -> 'field', fault -> 'needed', fault -> 'field', fault -> 'found'
      )
      when 'min_length' then format('less will do: {"name": %s, "min_length": %s}', fault -> 'field', fault ->> 'found')
      when 'is_nullable' then format('it may be null: {"name": %s, "is_nullable": true}', fault -> 'field')
    end,
    E'\n  - Or that it can do without: ',
    case fault ->> 'property'
      when 'path' then format('{"path": %s, …, "optional": true}', fault -> 'path')
      else format('{"name": %s, "optional": true}', fault -> 'field')
    end
  )
  end
$$;

ALTER FUNCTION integratedb.ways_out(stakeholder text, fault jsonb) OWNER TO integratedb_control;

CREATE FUNCTION public.integratedb_impact(path text) RETURNS TABLE(stakeholder text, claim_id bigint, "table" text, columns text[], need text, alternatives text[], would_break boolean, since timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    AS $_$
#variable_conflict use_column
declare
  target text := regexp_replace(btrim(path), '\.\*$', '');
begin
  if not integratedb.path_exists(target) then
    raise notice 'There is no % in this database.', target
      using hint = 'A path is schema, schema.table or schema.table.column.';
  end if;

  return query
  with named as materialized (
    select
      ct.id, ct.claim_id, ct.alternative_no, ct.since, t.found, t.is_schema,
      integratedb.path_in_words(t.schema_name, t.table_name) as path,
      target in (t.schema_name::text, quote_ident(t.schema_name))
        or not t.is_schema
          and target in (t.schema_name || '.' || t.table_name, format('%I.%I', t.schema_name, t.table_name)) as is_hit
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
  ),
  leaf as materialized (
    select
      l.claim_id, l.alternative_no, l.claimed_table_id, l.field_no, l.field_alternative_no, l.column_name, cc.since,
      case l.field_no when -1 then l.column_name else '' end as field,
      l.found and l.type_holds and l.length_holds and l.nullability_holds as holds,
      l.optional or (l.planned and not l.seen) as is_dispensable,
      n.path || '.' || l.column_name as path,
      n.is_hit,
      n.is_hit or target in (
        l.schema_name || '.' || l.table_name || '.' || l.column_name,
        format('%I.%I.%I', l.schema_name, l.table_name, l.column_name)
      ) as is_column_hit
    from integratedb.live_leaves l
    join named n on n.id = l.claimed_table_id
    join integratedb.claimed_columns cc
      on cc.claimed_table_id = l.claimed_table_id
      and cc.field_no = l.field_no
      and cc.field_alternative_no = l.field_alternative_no
      and cc.column_name = l.column_name
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
      bool_and(n.found and not n.is_hit)
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
      n.id, n.claim_id, n.alternative_no, n.path, n.is_hit,
      least(n.since, min(l.since)) as since,
      array_agg(distinct l.column_name::text) filter (where l.is_column_hit) as columns
    from named n
    left join leaf l on l.claimed_table_id = n.id and l.is_column_hit
    where not n.is_schema
    group by n.id, n.claim_id, n.alternative_no, n.path, n.is_hit, n.since
    having n.is_hit or count(l.claim_id) > 0
  )
  select
    s.name::text, c.id, h.path, h.columns,
    case
      when c.optional then 'optional'
      when h.is_hit then 'required'
      when (select bool_and(f.is_dispensable) from field f where f.claimed_table_id = h.id and f.is_hit) then 'optional'
      else 'required'
    end,
    array(
      select unnest(f.instead) from field f where f.claimed_table_id = h.id and f.is_hit and not h.is_hit
      union all
      select unnest(a.paths)
      from alternative a
      where a.claim_id = h.claim_id and a.alternative_no <> h.alternative_no and a.holds_without
    ),
    not c.optional and not exists (
      select from alternative a where a.claim_id = h.claim_id and a.holds_without
    ),
    case
      when h.is_hit then h.since
      else (select min(l.since) from leaf l where l.claimed_table_id = h.id and l.is_column_hit)
    end
  from hit h
  join integratedb.claims c on c.id = h.claim_id
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  order by s.name, h.path, c.match_no, h.alternative_no;
end
$_$;

ALTER FUNCTION public.integratedb_impact(path text) OWNER TO integratedb_control;

CREATE FUNCTION public.integratedb_journal(max_results integer DEFAULT 100) RETURNS TABLE(id bigint, at timestamp with time zone, kind text, by_gate boolean, by_role text, tables text[], commands jsonb, grants jsonb, reason text, unmet jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select j.id, j.at, j.kind, j.by_gate, j.by_role::text, j.tables, j.commands, j.grants, j.reason, j.unmet
  from integratedb.journal j
  order by j.id desc
  limit max_results
$$;

ALTER FUNCTION public.integratedb_journal(max_results integer) OWNER TO integratedb_control;

CREATE FUNCTION public.integratedb_sync() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    AS $$
begin
  perform integratedb.sync();
end
$$;

ALTER FUNCTION public.integratedb_sync() OWNER TO integratedb_control;

CREATE FUNCTION public.integratedb_unmet_claims(max_results integer DEFAULT 100) RETURNS TABLE(claim_id bigint, stakeholder text, path text, field text, property text, needed text, found text, problem text, faults jsonb)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
  select u.claim_id, u.stakeholder, u.path, u.field, u.property, u.needed, u.found, u.problem, u.faults
  from integratedb.describe_unmet(null, max_results) u
$$;

ALTER FUNCTION public.integratedb_unmet_claims(max_results integer) OWNER TO integratedb_control;

CREATE FUNCTION public.integratedb_validate_migration(max_results integer DEFAULT 100) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET quote_all_identifiers TO 'off'
    AS $$
  select integratedb.validate_migration(max_results)
$$;

ALTER FUNCTION public.integratedb_validate_migration(max_results integer) OWNER TO integratedb_control;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE integratedb.backfill_tables (
    backfill_id bigint NOT NULL,
    no integer NOT NULL,
    schema_name name NOT NULL,
    table_name name NOT NULL,
    rows_estimated bigint,
    last_key text[],
    chunks bigint DEFAULT 0 NOT NULL,
    rows_read bigint DEFAULT 0 NOT NULL,
    rows_told bigint DEFAULT 0 NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone
);

ALTER TABLE integratedb.backfill_tables OWNER TO integratedb_control;

CREATE TABLE integratedb.backfills (
    id bigint NOT NULL,
    stakeholder_id bigint NOT NULL,
    match_no integer NOT NULL,
    written jsonb,
    condition jsonb,
    channels text[] NOT NULL,
    rows_per_second integer NOT NULL,
    key bytea NOT NULL,
    slot_lsn pg_lsn,
    state text DEFAULT 'running'::text NOT NULL,
    error text,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT backfills_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'cancelled'::text, 'failed'::text])))
);

ALTER TABLE integratedb.backfills OWNER TO integratedb_control;

ALTER TABLE integratedb.backfills ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.backfills_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.channels (
    id bigint NOT NULL,
    stakeholder_id bigint NOT NULL,
    name text NOT NULL,
    settings jsonb NOT NULL,
    sealed bytea NOT NULL,
    position_lsn pg_lsn NOT NULL,
    position_index bigint NOT NULL,
    turn bigint DEFAULT 1 NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    delivered bigint DEFAULT 0 NOT NULL,
    delivered_at timestamp with time zone,
    failures bigint DEFAULT 0 NOT NULL,
    error text,
    error_at timestamp with time zone,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.channels OWNER TO integratedb_control;

ALTER TABLE integratedb.channels ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.channels_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.claimed_columns (
    claimed_table_id bigint NOT NULL,
    field_no integer NOT NULL,
    field_alternative_no integer NOT NULL,
    column_name name NOT NULL,
    optional boolean DEFAULT false NOT NULL,
    planned boolean DEFAULT false NOT NULL,
    type text,
    type_as_written text,
    min_length integer,
    is_nullable boolean,
    seen boolean DEFAULT false NOT NULL,
    seen_attnum smallint,
    seen_type text,
    seen_length integer,
    seen_nullable boolean,
    since timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.claimed_columns OWNER TO integratedb_control;

CREATE TABLE integratedb.claimed_tables (
    id bigint NOT NULL,
    claim_id bigint NOT NULL,
    alternative_no integer NOT NULL,
    watched_id bigint NOT NULL,
    every_column boolean NOT NULL,
    planned boolean NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.claimed_tables OWNER TO integratedb_control;

ALTER TABLE integratedb.claimed_tables ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.claimed_tables_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.claims (
    id bigint NOT NULL,
    stakeholder_id bigint NOT NULL,
    match_no integer NOT NULL,
    optional boolean NOT NULL,
    alternatives integer NOT NULL,
    kind text DEFAULT 'claims'::text NOT NULL,
    listens jsonb,
    needs_identity boolean DEFAULT false NOT NULL,
    old_columns name[] DEFAULT '{}'::name[] NOT NULL,
    CONSTRAINT claims_kind_check CHECK ((kind = ANY (ARRAY['claims'::text, 'notifications'::text])))
);

ALTER TABLE integratedb.claims OWNER TO integratedb_control;

ALTER TABLE integratedb.claims ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.claims_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.dead_letters (
    id bigint NOT NULL,
    channel_id bigint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL,
    attempts integer NOT NULL,
    error text NOT NULL,
    replay boolean DEFAULT false NOT NULL,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.dead_letters OWNER TO integratedb_control;

ALTER TABLE integratedb.dead_letters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.dead_letters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.fence (
    only_row boolean DEFAULT true NOT NULL,
    passed bigint DEFAULT 0 NOT NULL,
    CONSTRAINT fence_only_row_check CHECK (only_row)
);

ALTER TABLE integratedb.fence OWNER TO integratedb_control;

CREATE TABLE integratedb.gate_commands (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    id bigint NOT NULL,
    command text NOT NULL,
    object text NOT NULL
);

ALTER TABLE integratedb.gate_commands OWNER TO integratedb_control;

ALTER TABLE integratedb.gate_commands ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.gate_commands_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.gate_marks (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);

ALTER TABLE integratedb.gate_marks OWNER TO integratedb_control;

CREATE TABLE integratedb.granted_columns (
    stakeholder_id bigint NOT NULL,
    relation oid NOT NULL,
    attnums smallint[] NOT NULL
);

ALTER TABLE integratedb.granted_columns OWNER TO integratedb_control;

CREATE TABLE integratedb.granted_schemas (
    stakeholder_id bigint NOT NULL,
    schema oid NOT NULL
);

ALTER TABLE integratedb.granted_schemas OWNER TO integratedb_control;

CREATE TABLE integratedb.journal (
    id bigint NOT NULL,
    kind text NOT NULL,
    by_gate boolean NOT NULL,
    by_role name NOT NULL,
    application text,
    address inet,
    started_at timestamp with time zone DEFAULT transaction_timestamp() NOT NULL,
    transaction_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    validation_ms double precision NOT NULL,
    tables text[] NOT NULL,
    commands jsonb,
    command_count integer,
    grants jsonb NOT NULL,
    reason text,
    unmet jsonb,
    CONSTRAINT journal_kind_check CHECK ((kind = ANY (ARRAY['validated'::text, 'synced'::text, 'overridden'::text])))
);

ALTER TABLE integratedb.journal OWNER TO integratedb_control;

ALTER TABLE integratedb.journal ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.journal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW integratedb.live_attributes AS
 SELECT a.attrelid AS relation,
    a.attname AS column_name,
    a.attnum,
    called.data_type,
    called.type_name,
    (ARRAY[called.data_type, called.type_name] ||
        CASE
            WHEN ((declared.typtype = 'd'::"char") OR (base.typnamespace <> ('pg_catalog'::regnamespace)::oid)) THEN (integratedb.names_of_type(declared.oid) || integratedb.names_of_type(base.oid))
            ELSE NULL::text[]
        END) AS names,
        CASE
            WHEN ((base.typmod = '-1'::integer) AND (base.oid = ANY (ARRAY[(1042)::oid, (1043)::oid, (1560)::oid, (1562)::oid, (1700)::oid]))) THEN NULL::integer
            WHEN (base.oid = ANY (ARRAY[(1042)::oid, (1043)::oid])) THEN (base.typmod - 4)
            WHEN (base.oid = ANY (ARRAY[(1560)::oid, (1562)::oid])) THEN base.typmod
            WHEN (base.oid = (1700)::oid) THEN (((base.typmod - 4) >> 16) & 65535)
            WHEN (base.oid = (21)::oid) THEN 16
            WHEN (base.oid = (23)::oid) THEN 32
            WHEN (base.oid = (20)::oid) THEN 64
            WHEN (base.oid = (700)::oid) THEN 24
            WHEN (base.oid = (701)::oid) THEN 53
            ELSE NULL::integer
        END AS max_length,
    (NOT (a.attnotnull OR ((declared.typtype = 'd'::"char") AND declared.typnotnull))) AS is_nullable
   FROM ((((pg_attribute a
     JOIN pg_type declared ON ((declared.oid = a.atttypid)))
     LEFT JOIN pg_type domain ON (((declared.typtype = 'd'::"char") AND (domain.oid = declared.typbasetype))))
     CROSS JOIN LATERAL ( SELECT COALESCE(domain.oid, declared.oid) AS oid,
                CASE declared.typtype
                    WHEN 'd'::"char" THEN domain.typelem
                    ELSE declared.typelem
                END AS typelem,
                CASE declared.typtype
                    WHEN 'd'::"char" THEN domain.typlen
                    ELSE declared.typlen
                END AS typlen,
                CASE declared.typtype
                    WHEN 'd'::"char" THEN domain.typnamespace
                    ELSE declared.typnamespace
                END AS typnamespace,
                CASE declared.typtype
                    WHEN 'd'::"char" THEN declared.typtypmod
                    ELSE a.atttypmod
                END AS typmod) base)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN ((base.typelem <> (0)::oid) AND (base.typlen = '-1'::integer)) THEN 'ARRAY'::text
                    WHEN (base.typnamespace = ('pg_catalog'::regnamespace)::oid) THEN format_type(base.oid, NULL::integer)
                    ELSE 'USER-DEFINED'::text
                END AS data_type,
            format_type(base.oid, NULL::integer) AS type_name) called)
  WHERE ((a.attnum > 0) AND (NOT a.attisdropped));

ALTER TABLE integratedb.live_attributes OWNER TO integratedb_control;

CREATE VIEW integratedb.live_columns AS
 SELECT c.oid AS relation,
    n.nspname AS schema_name,
    c.relname AS table_name,
    a.column_name,
    a.attnum,
    a.data_type,
    a.type_name,
    a.names,
    a.max_length,
    a.is_nullable
   FROM ((pg_class c
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
     JOIN integratedb.live_attributes a ON ((a.relation = c.oid)))
  WHERE (c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'v'::"char", 'm'::"char", 'f'::"char"]));

ALTER TABLE integratedb.live_columns OWNER TO integratedb_control;

CREATE TABLE integratedb.watched_tables (
    id bigint NOT NULL,
    schema_name name NOT NULL,
    table_name name NOT NULL,
    relation oid,
    digest bigint,
    is_heard boolean DEFAULT false NOT NULL
);

ALTER TABLE integratedb.watched_tables OWNER TO integratedb_control;

CREATE VIEW integratedb.live_tables AS
 SELECT w.id AS watched_id,
    w.schema_name,
    w.table_name,
    (w.table_name = ''::name) AS is_schema,
    w.relation AS seen_relation,
    n.oid AS schema,
    c.oid AS relation,
    c.relowner AS owner,
        CASE w.table_name
            WHEN ''::name THEN (n.oid IS NOT NULL)
            ELSE (c.oid IS NOT NULL)
        END AS found,
    w.is_heard
   FROM ((integratedb.watched_tables w
     LEFT JOIN pg_namespace n ON ((n.nspname = w.schema_name)))
     LEFT JOIN pg_class c ON (((c.relnamespace = n.oid) AND (c.relname = w.table_name) AND (c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'v'::"char", 'm'::"char", 'f'::"char"])))));

ALTER TABLE integratedb.live_tables OWNER TO integratedb_control;

CREATE VIEW integratedb.live_digests AS
 SELECT t.watched_id,
    t.relation,
    (((COALESCE(bit_xor(hash_record_extended(ROW(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl, user_type.digest), (0)::bigint)), (0)::bigint) # COALESCE(( SELECT bit_xor(hash_record_extended(ROW(c.oid, c.relname), (0)::bigint)) AS bit_xor
           FROM pg_class c
          WHERE (t.is_schema AND (c.relnamespace = t.schema) AND (c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'v'::"char", 'm'::"char", 'f'::"char"])) AND (NOT c.relispartition))), (0)::bigint)) # hash_record_extended(ROW(t.schema, t.relation, t.owner), (0)::bigint)) #
        CASE
            WHEN t.is_heard THEN COALESCE(( SELECT hash_record_extended(p.*, (1)::bigint) AS hash_record_extended
               FROM integratedb.publishing(t.relation) p(obstacle, identity, key)), (1)::bigint)
            ELSE (0)::bigint
        END) AS digest
   FROM ((integratedb.live_tables t
     LEFT JOIN pg_attribute a ON (((a.attrelid = t.relation) AND (a.attnum > 0) AND (NOT a.attisdropped))))
     LEFT JOIN LATERAL ( SELECT hash_record_extended(ROW(declared.typname, n.nspname, declared.typbasetype, declared.typtypmod, declared.typnotnull, base.typname, bn.nspname), (0)::bigint) AS digest
           FROM ((pg_type declared
             JOIN pg_namespace n ON ((n.oid = declared.typnamespace)))
             LEFT JOIN (pg_type base
             JOIN pg_namespace bn ON ((bn.oid = base.typnamespace))) ON (((declared.typtype = 'd'::"char") AND (base.oid = declared.typbasetype))))
          WHERE ((a.atttypid >= (16384)::oid) AND (declared.oid = a.atttypid))
         OFFSET 0) user_type ON ((a.atttypid >= (16384)::oid)))
  GROUP BY t.watched_id, t.relation, t.schema, t.owner, t.is_schema, t.is_heard;

ALTER TABLE integratedb.live_digests OWNER TO integratedb_control;

CREATE VIEW integratedb.live_leaves AS
 SELECT t.watched_id,
    t.schema_name,
    t.table_name,
    t.relation,
    t.seen_relation,
    ct.claim_id,
    ct.alternative_no,
    cc.claimed_table_id,
    cc.field_no,
    cc.field_alternative_no,
    cc.column_name,
    cc.optional,
    cc.planned,
    cc.type,
    cc.type_as_written,
    cc.min_length,
    cc.is_nullable,
    cc.seen,
    cc.seen_attnum,
    cc.seen_type,
    cc.seen_length,
    cc.seen_nullable,
    required.length AS required_length,
    l.attnum,
    l.type_name,
    l.max_length,
    l.is_nullable AS live_nullable,
    (l.attnum IS NOT NULL) AS found,
    COALESCE(((cc.type = ANY (l.names)) AND ((cc.type = l.data_type) OR (l.data_type <> ALL (ARRAY['ARRAY'::text, 'USER-DEFINED'::text])) OR COALESCE((cc.seen_type = l.type_name), true))), (cc.seen_type = l.type_name), (l.attnum IS NOT NULL)) AS type_holds,
    (COALESCE(l.max_length, 2147483647) >= required.length) AS length_holds,
    (required.nullable OR (NOT l.is_nullable)) AS nullability_holds
   FROM ((((integratedb.live_tables t
     JOIN integratedb.claimed_tables ct ON ((ct.watched_id = t.watched_id)))
     JOIN integratedb.claimed_columns cc ON ((cc.claimed_table_id = ct.id)))
     CROSS JOIN LATERAL ( SELECT COALESCE(cc.min_length,
                CASE
                    WHEN cc.seen THEN COALESCE(cc.seen_length, 2147483647)
                    ELSE NULL::integer
                END, 0) AS length,
            COALESCE(cc.is_nullable, cc.seen_nullable, true) AS nullable) required)
     LEFT JOIN integratedb.live_attributes l ON (((l.relation = t.relation) AND (l.column_name = cc.column_name))))
  WHERE t.found;

ALTER TABLE integratedb.live_leaves OWNER TO integratedb_control;

CREATE TABLE integratedb.log (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
)
PARTITION BY LIST (ring);

ALTER TABLE integratedb.log OWNER TO integratedb_control;

CREATE TABLE integratedb.log_0 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_0 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_0 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_1 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_1 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_1 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_2 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_2 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_2 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_3 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_3 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_3 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_4 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_4 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_4 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_5 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_5 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_5 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_6 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_6 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_6 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_7 (
    ring smallint NOT NULL,
    lsn pg_lsn NOT NULL,
    index bigint NOT NULL,
    xid bigint NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    shape_id bigint,
    kind "char" NOT NULL,
    backfill_id bigint,
    message bytea NOT NULL
);
ALTER TABLE ONLY integratedb.log_7 ALTER COLUMN message SET STORAGE EXTERNAL;

ALTER TABLE integratedb.log_7 OWNER TO integratedb_control;

CREATE TABLE integratedb.log_segments (
    ring smallint NOT NULL,
    no bigint,
    began_at timestamp with time zone
);

ALTER TABLE integratedb.log_segments OWNER TO integratedb_control;

CREATE TABLE integratedb.log_shapes (
    id bigint NOT NULL,
    hash bytea NOT NULL,
    message bytea NOT NULL,
    base_types oid[] NOT NULL
);

ALTER TABLE integratedb.log_shapes OWNER TO integratedb_control;

ALTER TABLE integratedb.log_shapes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.log_shapes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.migrations OWNER TO integratedb_control;

CREATE SEQUENCE integratedb.refusals
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE integratedb.refusals OWNER TO integratedb_control;

CREATE SEQUENCE integratedb.refused_at
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE integratedb.refused_at OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_sequence_options AS
 SELECT s.seqrelid AS sequence,
    format('%I.%I'::text, n.nspname, c.relname) AS path,
        CASE
            WHEN ((s.seqincrement = 1) AND (s.seqmin = 1) AND (s.seqstart = 1) AND (s.seqcache = 1) AND (NOT s.seqcycle) AND (s.seqmax =
            CASE s.seqtypid
                WHEN 'smallint'::regtype THEN (32767)::bigint
                WHEN 'integer'::regtype THEN (2147483647)::bigint
                ELSE '9223372036854775807'::bigint
            END)) THEN ''::text
            ELSE format('increment by %s minvalue %s maxvalue %s start with %s cache %s%s'::text, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
            CASE
                WHEN s.seqcycle THEN ' cycle'::text
                ELSE ''::text
            END)
        END AS options
   FROM ((pg_sequence s
     JOIN pg_class c ON ((c.oid = s.seqrelid)))
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)));

ALTER TABLE integratedb.snapshot_sequence_options OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_columns AS
 SELECT a.attrelid AS relation,
    a.attnum,
    a.attname AS name,
    a.attislocal AS is_local,
        CASE a.attgenerated
            WHEN ''::"char" THEN pg_get_expr(d.adbin, d.adrelid)
            ELSE NULL::text
        END AS default_value,
    ((((format('%I %s'::text, a.attname, format_type(a.atttypid, a.atttypmod)) ||
        CASE
            WHEN (a.attcollation <> t.typcollation) THEN (' collate '::text || (a.attcollation)::regcollation)
            ELSE ''::text
        END) ||
        CASE
            WHEN (a.attgenerated <> ''::"char") THEN format(' generated always as (%s) %s'::text, pg_get_expr(d.adbin, d.adrelid),
            CASE a.attgenerated
                WHEN 's'::"char" THEN 'stored'::text
                ELSE 'virtual'::text
            END)
            WHEN ((a.attidentity <> ''::"char") AND (NOT c.relispartition)) THEN identity.words
            ELSE COALESCE((' default '::text || pg_get_expr(d.adbin, d.adrelid)), ''::text)
        END) ||
        CASE
            WHEN a.attnotnull THEN (COALESCE((' constraint '::text || not_null.name), ''::text) || ' not null'::text)
            ELSE ''::text
        END) || COALESCE(not_null.no_inherit, ''::text)) AS definition
   FROM ((((((pg_attribute a
     JOIN pg_class c ON ((c.oid = a.attrelid)))
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
     JOIN pg_type t ON ((t.oid = a.atttypid)))
     LEFT JOIN pg_attrdef d ON (((d.adrelid = a.attrelid) AND (d.adnum = a.attnum))))
     LEFT JOIN LATERAL ( SELECT (((' generated '::text ||
                CASE a.attidentity
                    WHEN 'a'::"char" THEN 'always'::text
                    ELSE 'by default'::text
                END) || ' as identity'::text) || COALESCE(((' ('::text || NULLIF(concat_ws(' '::text,
                CASE
                    WHEN (o.path <> format('%I.%I'::text, n.nspname, ((((c.relname)::text || '_'::text) || (a.attname)::text) || '_seq'::text))) THEN ('sequence name '::text || o.path)
                    ELSE NULL::text
                END, NULLIF(o.options, ''::text)), ''::text)) || ')'::text), ''::text)) AS words
           FROM (pg_depend i
             JOIN integratedb.snapshot_sequence_options o ON ((o.sequence = i.objid)))
          WHERE ((i.classid = ('pg_class'::regclass)::oid) AND (i.refclassid = ('pg_class'::regclass)::oid) AND (i.refobjid = a.attrelid) AND (i.refobjsubid = a.attnum) AND (i.deptype = 'i'::"char"))) identity ON ((a.attidentity <> ''::"char")))
     LEFT JOIN LATERAL ( SELECT
                CASE
                    WHEN (k.conname <> ((((c.relname)::text || '_'::text) || (a.attname)::text) || '_not_null'::text)) THEN format('%I'::text, k.conname)
                    ELSE NULL::text
                END AS name,
                CASE
                    WHEN k.connoinherit THEN ' no inherit'::text
                    ELSE NULL::text
                END AS no_inherit
           FROM pg_constraint k
          WHERE ((k.conrelid = a.attrelid) AND (k.contype = 'n'::"char") AND (k.conkey = ARRAY[a.attnum]) AND a.attnotnull)) not_null ON (true))
  WHERE ((a.attnum > 0) AND (NOT a.attisdropped));

ALTER TABLE integratedb.snapshot_columns OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_made_by_others AS
 SELECT d.classid,
    d.objid
   FROM pg_depend d
  WHERE (d.deptype = 'e'::"char")
UNION
 SELECT d.classid,
    d.objid
   FROM pg_depend d
  WHERE ((d.deptype = 'i'::"char") AND (d.classid = ANY (ARRAY[('pg_proc'::regclass)::oid, ('pg_type'::regclass)::oid, ('pg_cast'::regclass)::oid])));

ALTER TABLE integratedb.snapshot_made_by_others OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_schemas AS
 SELECT n.oid AS schema,
    n.nspname AS name
   FROM pg_namespace n
  WHERE ((n.nspname !~ '^pg_'::text) AND (n.nspname <> ALL (ARRAY['information_schema'::name, 'integratedb'::name])));

ALTER TABLE integratedb.snapshot_schemas OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_constraints AS
 WITH relation AS (
         SELECT c.oid,
            c.relispartition,
            format('%I.%I'::text, s.name, c.relname) AS path
           FROM (pg_class c
             JOIN integratedb.snapshot_schemas s ON ((s.schema = c.relnamespace)))
          WHERE ((c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'm'::"char", 'f'::"char"])) AND (NOT ((('pg_class'::regclass)::oid, c.oid) IN ( SELECT m.classid,
                    m.objid
                   FROM integratedb.snapshot_made_by_others m))))
        )
 SELECT
        CASE k.contype
            WHEN 'f'::"char" THEN 'foreign key'::text
            ELSE 'constraint'::text
        END AS kind,
    format('%I on %s'::text, k.conname, r.path) AS name,
    format('alter table %s%s add constraint %I %s'::text,
        CASE
            WHEN (k.contype = ANY (ARRAY['p'::"char", 'u'::"char", 'x'::"char"])) THEN 'only '::text
            ELSE ''::text
        END, r.path, k.conname, pg_get_constraintdef(k.oid)) AS sql
   FROM (pg_constraint k
     JOIN relation r ON ((r.oid = k.conrelid)))
  WHERE ((k.contype = ANY (ARRAY['p'::"char", 'u'::"char", 'x'::"char"])) OR ((k.contype = 'f'::"char") AND (k.conparentid = (0)::oid)) OR ((k.contype = 'c'::"char") AND (NOT k.convalidated) AND k.conislocal AND (pg_get_constraintdef(k.oid) !~ 'NOT ENFORCED'::text)))
UNION ALL
 SELECT 'index'::text AS kind,
    format('%I.%I'::text, n.nspname, i.relname) AS name,
    pg_get_indexdef(i.oid) AS sql
   FROM (((pg_index x
     JOIN pg_class i ON ((i.oid = x.indexrelid)))
     JOIN pg_namespace n ON ((n.oid = i.relnamespace)))
     JOIN relation r ON ((r.oid = x.indrelid)))
  WHERE (NOT (EXISTS ( SELECT
           FROM pg_constraint k
          WHERE ((k.conindid = i.oid) AND (k.contype = ANY (ARRAY['p'::"char", 'u'::"char", 'x'::"char"]))))))
UNION ALL
 SELECT 'index partition'::text AS kind,
    format('%I.%I'::text, n.nspname, i.relname) AS name,
    format('alter index %I.%I attach partition %I.%I'::text, pn.nspname, p.relname, n.nspname, i.relname) AS sql
   FROM ((((((pg_inherits h
     JOIN pg_class i ON (((i.oid = h.inhrelid) AND (i.relkind = ANY (ARRAY['i'::"char", 'I'::"char"])))))
     JOIN pg_namespace n ON ((n.oid = i.relnamespace)))
     JOIN pg_class p ON ((p.oid = h.inhparent)))
     JOIN pg_namespace pn ON ((pn.oid = p.relnamespace)))
     JOIN pg_index x ON ((x.indexrelid = i.oid)))
     JOIN relation r ON ((r.oid = x.indrelid)))
UNION ALL
 SELECT 'statistics'::text AS kind,
    format('%I.%I'::text, n.nspname, e.stxname) AS name,
    pg_get_statisticsobjdef(e.oid) AS sql
   FROM ((pg_statistic_ext e
     JOIN pg_namespace n ON ((n.oid = e.stxnamespace)))
     JOIN relation r ON ((r.oid = e.stxrelid)));

ALTER TABLE integratedb.snapshot_constraints OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_reactions AS
 WITH relation AS (
         SELECT c.oid,
            format('%I.%I'::text, s.name, c.relname) AS path
           FROM (pg_class c
             JOIN integratedb.snapshot_schemas s ON ((s.schema = c.relnamespace)))
          WHERE (NOT ((('pg_class'::regclass)::oid, c.oid) IN ( SELECT m.classid,
                    m.objid
                   FROM integratedb.snapshot_made_by_others m)))
        )
 SELECT 'trigger'::text AS kind,
    format('%I on %s'::text, t.tgname, r.path) AS name,
    (pg_get_triggerdef(t.oid) ||
        CASE t.tgenabled
            WHEN 'O'::"char" THEN ''::text
            ELSE format(';
alter table %s %s trigger %I'::text, r.path,
            CASE t.tgenabled
                WHEN 'D'::"char" THEN 'disable'::text
                WHEN 'A'::"char" THEN 'enable always'::text
                ELSE 'enable replica'::text
            END, t.tgname)
        END) AS sql
   FROM (pg_trigger t
     JOIN relation r ON ((r.oid = t.tgrelid)))
  WHERE ((NOT t.tgisinternal) AND (t.tgparentid = (0)::oid))
UNION ALL
 SELECT 'rule'::text AS kind,
    format('%I on %s'::text, u.rulename, r.path) AS name,
    rtrim(pg_get_ruledef(u.oid), ';'::text) AS sql
   FROM (pg_rewrite u
     JOIN relation r ON ((r.oid = u.ev_class)))
  WHERE (u.rulename <> '_RETURN'::name)
UNION ALL
 SELECT 'policy'::text AS kind,
    format('%I on %s'::text, p.polname, r.path) AS name,
    ((format('create policy %I on %s as %s for %s to %s'::text, p.polname, r.path,
        CASE
            WHEN p.polpermissive THEN 'permissive'::text
            ELSE 'restrictive'::text
        END,
        CASE p.polcmd
            WHEN 'r'::"char" THEN 'select'::text
            WHEN 'a'::"char" THEN 'insert'::text
            WHEN 'w'::"char" THEN 'update'::text
            WHEN 'd'::"char" THEN 'delete'::text
            ELSE 'all'::text
        END,
        CASE
            WHEN ((0)::oid = ANY (p.polroles)) THEN 'public'::text
            ELSE ( SELECT string_agg(format('%I'::text, o.rolname), ', '::text ORDER BY o.rolname) AS string_agg
               FROM pg_roles o
              WHERE (o.oid = ANY (p.polroles)))
        END) || COALESCE((('
  using ('::text || pg_get_expr(p.polqual, p.polrelid)) || ')'::text), ''::text)) || COALESCE((('
  with check ('::text || pg_get_expr(p.polwithcheck, p.polrelid)) || ')'::text), ''::text)) AS sql
   FROM (pg_policy p
     JOIN relation r ON ((r.oid = p.polrelid)));

ALTER TABLE integratedb.snapshot_reactions OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_routines AS
 WITH routine AS (
         SELECT p.oid,
            p.proname,
            p.pronamespace,
            p.proowner,
            p.prolang,
            p.procost,
            p.prorows,
            p.provariadic,
            p.prosupport,
            p.prokind,
            p.prosecdef,
            p.proleakproof,
            p.proisstrict,
            p.proretset,
            p.provolatile,
            p.proparallel,
            p.pronargs,
            p.pronargdefaults,
            p.prorettype,
            p.proargtypes,
            p.proallargtypes,
            p.proargmodes,
            p.proargnames,
            p.proargdefaults,
            p.protrftypes,
            p.prosrc,
            p.probin,
            p.prosqlbody,
            p.proconfig,
            p.proacl,
            format('%I.%I'::text, s.name, p.proname) AS path,
            format('%I.%I(%s)'::text, s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
           FROM (pg_proc p
             JOIN integratedb.snapshot_schemas s ON ((s.schema = p.pronamespace)))
          WHERE ((NOT ((s.name = 'public'::name) AND (p.proname ~ '^integratedb_'::text))) AND (NOT ((('pg_proc'::regclass)::oid, p.oid) IN ( SELECT m.classid,
                    m.objid
                   FROM integratedb.snapshot_made_by_others m))))
        )
 SELECT
        CASE r.prokind
            WHEN 'p'::"char" THEN 'procedure'::text
            ELSE 'function'::text
        END AS kind,
    r.name,
    rtrim(pg_get_functiondef(r.oid), '
'::text) AS sql
   FROM routine r
  WHERE (r.prokind <> 'a'::"char")
UNION ALL
 SELECT 'aggregate'::text AS kind,
    r.name,
    format('create aggregate %s(%s) (%s)'::text, r.path, COALESCE(NULLIF(pg_get_function_arguments(r.oid), ''::text), '*'::text), concat_ws(', '::text, ('sfunc = '::text || a.aggtransfn), ('stype = '::text || format_type(a.aggtranstype, NULL::integer)), ('sspace = '::text || NULLIF(a.aggtransspace, 0)), ('finalfunc = '::text || (NULLIF((a.aggfinalfn)::oid, (0)::oid))::regproc),
        CASE
            WHEN a.aggfinalextra THEN 'finalfunc_extra'::text
            ELSE NULL::text
        END, ('combinefunc = '::text || (NULLIF((a.aggcombinefn)::oid, (0)::oid))::regproc), ('serialfunc = '::text || (NULLIF((a.aggserialfn)::oid, (0)::oid))::regproc), ('deserialfunc = '::text || (NULLIF((a.aggdeserialfn)::oid, (0)::oid))::regproc), ('initcond = '::text || quote_literal(a.agginitval)), ('msfunc = '::text || (NULLIF((a.aggmtransfn)::oid, (0)::oid))::regproc), ('minvfunc = '::text || (NULLIF((a.aggminvtransfn)::oid, (0)::oid))::regproc), ('mstype = '::text ||
        CASE
            WHEN (a.aggmtranstype <> (0)::oid) THEN format_type(a.aggmtranstype, NULL::integer)
            ELSE NULL::text
        END), ('mfinalfunc = '::text || (NULLIF((a.aggmfinalfn)::oid, (0)::oid))::regproc), ('minitcond = '::text || quote_literal(a.aggminitval)),
        CASE r.proparallel
            WHEN 's'::"char" THEN 'parallel = safe'::text
            WHEN 'r'::"char" THEN 'parallel = restricted'::text
            ELSE NULL::text
        END,
        CASE
            WHEN (a.aggkind = 'h'::"char") THEN 'hypothetical'::text
            ELSE NULL::text
        END)) AS sql
   FROM (routine r
     JOIN pg_aggregate a ON (((a.aggfnoid)::oid = r.oid)));

ALTER TABLE integratedb.snapshot_routines OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_sequences AS
 WITH sequence AS (
         SELECT c.oid,
            o.path,
            format_type(q.seqtypid, NULL::integer) AS type,
            o.options
           FROM (((pg_class c
             JOIN pg_sequence q ON ((q.seqrelid = c.oid)))
             JOIN integratedb.snapshot_schemas s ON ((s.schema = c.relnamespace)))
             JOIN integratedb.snapshot_sequence_options o ON ((o.sequence = c.oid)))
          WHERE (NOT (EXISTS ( SELECT
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_class'::regclass)::oid) AND (d.objid = c.oid) AND (d.deptype = ANY (ARRAY['i'::"char", 'e'::"char"]))))))
        )
 SELECT 'sequence'::text AS kind,
    s.path AS name,
    rtrim(format('create sequence %s as %s %s'::text, s.path, s.type, s.options)) AS sql
   FROM sequence s
UNION ALL
 SELECT 'sequence owner'::text AS kind,
    s.path AS name,
    format('alter sequence %s owned by %I.%I.%I'::text, s.path, n.nspname, c.relname, a.attname) AS sql
   FROM ((((sequence s
     JOIN pg_depend d ON (((d.classid = ('pg_class'::regclass)::oid) AND (d.objid = s.oid) AND (d.refclassid = ('pg_class'::regclass)::oid) AND (d.refobjsubid > 0) AND (d.deptype = 'a'::"char"))))
     JOIN pg_class c ON ((c.oid = d.refobjid)))
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
     JOIN pg_attribute a ON (((a.attrelid = d.refobjid) AND (a.attnum = d.refobjsubid))));

ALTER TABLE integratedb.snapshot_sequences OWNER TO integratedb_control;

CREATE TABLE integratedb.stakeholders (
    id bigint NOT NULL,
    name name NOT NULL,
    deletion jsonb,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.stakeholders OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_surroundings AS
 SELECT 'role'::text AS kind,
    format('%I'::text, r.rolname) AS name,
    format('create role %I'::text, r.rolname) AS sql
   FROM pg_roles r
  WHERE ((r.rolname !~ '^pg_'::text) AND (NOT (EXISTS ( SELECT
           FROM integratedb.stakeholders s
          WHERE (s.name = r.rolname)))) AND (r.oid IN ( SELECT d.refobjid
           FROM (pg_shdepend d
             JOIN pg_database db ON ((db.datname = current_database())))
          WHERE ((d.refclassid = ('pg_authid'::regclass)::oid) AND ((d.dbid = db.oid) OR ((d.classid = ('pg_database'::regclass)::oid) AND (d.objid = db.oid)))))))
UNION ALL
 SELECT 'extension'::text AS kind,
    format('%I'::text, e.extname) AS name,
    format('create extension %I with schema %I'::text, e.extname, n.nspname) AS sql
   FROM (pg_extension e
     JOIN pg_namespace n ON ((n.oid = e.extnamespace)))
  WHERE (e.extname <> 'plpgsql'::name)
UNION ALL
 SELECT 'schema'::text AS kind,
    format('%I'::text, s.name) AS name,
    format('create schema %I'::text, s.name) AS sql
   FROM integratedb.snapshot_schemas s
  WHERE ((s.name <> 'public'::name) AND (NOT (EXISTS ( SELECT
           FROM integratedb.stakeholders t
          WHERE (t.name = s.name)))) AND (NOT ((('pg_namespace'::regclass)::oid, s.schema) IN ( SELECT m.classid,
            m.objid
           FROM integratedb.snapshot_made_by_others m))))
UNION ALL
 SELECT 'collation'::text AS kind,
    format('%I.%I'::text, n.nspname, c.collname) AS name,
    format('create collation %I.%I (%s)'::text, n.nspname, c.collname, concat_ws(', '::text, ('provider = '::text ||
        CASE c.collprovider
            WHEN 'i'::"char" THEN 'icu'::text
            WHEN 'b'::"char" THEN 'builtin'::text
            ELSE 'libc'::text
        END), ('locale = '::text || quote_literal(COALESCE((to_jsonb(c.*) ->> 'colllocale'::text), (to_jsonb(c.*) ->> 'colliculocale'::text), (to_jsonb(c.*) ->> 'collcollate'::text)))),
        CASE
            WHEN (NOT c.collisdeterministic) THEN 'deterministic = false'::text
            ELSE NULL::text
        END)) AS sql
   FROM (pg_collation c
     JOIN pg_namespace n ON ((n.oid = c.collnamespace)))
  WHERE ((c.collname <> ALL (ARRAY['default'::name, 'C'::name, 'POSIX'::name, 'ucs_basic'::name])) AND (n.nspname <> ALL (ARRAY['information_schema'::name, 'integratedb'::name])) AND (NOT ((('pg_collation'::regclass)::oid, c.oid) IN ( SELECT m.classid,
            m.objid
           FROM integratedb.snapshot_made_by_others m))) AND ((n.nspname <> 'pg_catalog'::name) OR (c.oid IN ( SELECT a.attcollation
           FROM ((pg_attribute a
             JOIN pg_class r ON ((r.oid = a.attrelid)))
             JOIN integratedb.snapshot_schemas s ON ((s.schema = r.relnamespace)))))))
UNION ALL
 SELECT 'server'::text AS kind,
    format('%I'::text, s.srvname) AS name,
    format('create server %I foreign data wrapper integratedb_stand_in'::text, s.srvname) AS sql
   FROM pg_foreign_server s;

ALTER TABLE integratedb.snapshot_surroundings OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_tables AS
 WITH relation AS (
         SELECT c.oid,
            c.relname,
            c.relnamespace,
            c.reltype,
            c.reloftype,
            c.relowner,
            c.relam,
            c.relfilenode,
            c.reltablespace,
            c.relpages,
            c.reltuples,
            c.relallvisible,
            c.reltoastrelid,
            c.relhasindex,
            c.relisshared,
            c.relpersistence,
            c.relkind,
            c.relnatts,
            c.relchecks,
            c.relhasrules,
            c.relhastriggers,
            c.relhassubclass,
            c.relrowsecurity,
            c.relforcerowsecurity,
            c.relispopulated,
            c.relreplident,
            c.relispartition,
            c.relrewrite,
            c.relfrozenxid,
            c.relminmxid,
            c.relacl,
            c.reloptions,
            c.relpartbound,
            format('%I.%I'::text, s.name, c.relname) AS path
           FROM (pg_class c
             JOIN integratedb.snapshot_schemas s ON ((s.schema = c.relnamespace)))
          WHERE ((c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'f'::"char"])) AND (NOT ((('pg_class'::regclass)::oid, c.oid) IN ( SELECT m.classid,
                    m.objid
                   FROM integratedb.snapshot_made_by_others m))))
        ), part AS (
         SELECT i.inhrelid AS child,
            i.inhseqno,
            p.oid AS parent,
            p.relkind AS parent_kind,
            p.path
           FROM (pg_inherits i
             JOIN relation p ON ((p.oid = i.inhparent)))
        )
 SELECT
        CASE c.relkind
            WHEN 'f'::"char" THEN 'foreign table'::text
            ELSE 'table'::text
        END AS kind,
    c.path AS name,
    (((((((format('create %stable %s (%s)'::text,
        CASE
            WHEN (c.relkind = 'f'::"char") THEN 'foreign '::text
            WHEN (c.relpersistence = 'u'::"char") THEN 'unlogged '::text
            ELSE ''::text
        END, c.path, COALESCE(( SELECT (string_agg(('
  '::text || line.definition), ','::text ORDER BY line.is_check, line.attnum, line.definition) || '
'::text)
           FROM ( SELECT false AS is_check,
                    a.attnum,
                    a.definition
                   FROM integratedb.snapshot_columns a
                  WHERE ((a.relation = c.oid) AND (a.is_local OR c.relispartition))
                UNION ALL
                 SELECT true,
                    0,
                    format('constraint %I %s'::text, k.conname, pg_get_constraintdef(k.oid)) AS format
                   FROM pg_constraint k
                  WHERE ((k.conrelid = c.oid) AND (k.contype = 'c'::"char") AND (k.conislocal OR c.relispartition) AND (k.convalidated OR (pg_get_constraintdef(k.oid) ~ 'NOT ENFORCED'::text)))) line), ''::text)) || COALESCE(( SELECT ((' inherits ('::text || string_agg(p.path, ', '::text ORDER BY p.inhseqno)) || ')'::text)
           FROM part p
          WHERE ((p.child = c.oid) AND (NOT c.relispartition))), ''::text)) || COALESCE((' partition by '::text || pg_get_partkeydef(c.oid)), ''::text)) || COALESCE(( SELECT (' server '::text || quote_ident((v.srvname)::text))
           FROM (pg_foreign_table f
             JOIN pg_foreign_server v ON ((v.oid = f.ftserver)))
          WHERE (f.ftrelid = c.oid)), ''::text)) || COALESCE(( SELECT ((' with ('::text || string_agg(format('%s = %L'::text, o.option_name, o.option_value), ', '::text ORDER BY o.option_name)) || ')'::text)
           FROM pg_options_to_table(c.reloptions) o(option_name, option_value)), ''::text)) || COALESCE(( SELECT string_agg(format(';
alter table only %s alter column %I set default %s'::text, c.path, a.name, a.default_value), ''::text ORDER BY a.attnum) AS string_agg
           FROM integratedb.snapshot_columns a
          WHERE ((a.relation = c.oid) AND (NOT a.is_local) AND (NOT c.relispartition) AND (a.default_value IS NOT NULL))), ''::text)) ||
        CASE
            WHEN c.relrowsecurity THEN format(';
alter table %s enable row level security'::text, c.path)
            ELSE ''::text
        END) ||
        CASE
            WHEN c.relforcerowsecurity THEN format(';
alter table %s force row level security'::text, c.path)
            ELSE ''::text
        END) AS sql
   FROM relation c
UNION ALL
 SELECT 'partition'::text AS kind,
    c.path AS name,
    format('alter table %s attach partition %s %s'::text, p.path, c.path, pg_get_expr(c.relpartbound, c.oid)) AS sql
   FROM (relation c
     JOIN part p ON ((p.child = c.oid)))
  WHERE c.relispartition;

ALTER TABLE integratedb.snapshot_tables OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_types AS
 WITH type AS (
         SELECT t.oid,
            t.typname,
            t.typnamespace,
            t.typowner,
            t.typlen,
            t.typbyval,
            t.typtype,
            t.typcategory,
            t.typispreferred,
            t.typisdefined,
            t.typdelim,
            t.typrelid,
            t.typsubscript,
            t.typelem,
            t.typarray,
            t.typinput,
            t.typoutput,
            t.typreceive,
            t.typsend,
            t.typmodin,
            t.typmodout,
            t.typanalyze,
            t.typalign,
            t.typstorage,
            t.typnotnull,
            t.typbasetype,
            t.typtypmod,
            t.typndims,
            t.typcollation,
            t.typdefaultbin,
            t.typdefault,
            t.typacl,
            format('%I.%I'::text, s.name, t.typname) AS path
           FROM (pg_type t
             JOIN integratedb.snapshot_schemas s ON ((s.schema = t.typnamespace)))
          WHERE (NOT ((('pg_type'::regclass)::oid, t.oid) IN ( SELECT m.classid,
                    m.objid
                   FROM integratedb.snapshot_made_by_others m)))
        )
 SELECT 'type'::text AS kind,
    t.path AS name,
    format('create type %s as enum (%s
)'::text, t.path, ( SELECT string_agg(('
  '::text || quote_literal((e.enumlabel)::text)), ','::text ORDER BY e.enumsortorder) AS string_agg
           FROM pg_enum e
          WHERE (e.enumtypid = t.oid))) AS sql
   FROM type t
  WHERE (t.typtype = 'e'::"char")
UNION ALL
 SELECT 'type'::text AS kind,
    t.path AS name,
    format('create type %s as (%s
)'::text, t.path, ( SELECT string_agg((('
  '::text || format('%I %s'::text, a.attname, format_type(a.atttypid, a.atttypmod))) ||
                CASE
                    WHEN (a.attcollation <> b.typcollation) THEN (' collate '::text || (a.attcollation)::regcollation)
                    ELSE ''::text
                END), ','::text ORDER BY a.attnum) AS string_agg
           FROM (pg_attribute a
             JOIN pg_type b ON ((b.oid = a.atttypid)))
          WHERE ((a.attrelid = t.typrelid) AND (a.attnum > 0) AND (NOT a.attisdropped)))) AS sql
   FROM (type t
     JOIN pg_class c ON (((c.oid = t.typrelid) AND (c.relkind = 'c'::"char"))))
  WHERE (t.typtype = 'c'::"char")
UNION ALL
 SELECT 'type'::text AS kind,
    t.path AS name,
    format('create type %s as range (%s)'::text, t.path, concat_ws(', '::text, ('subtype = '::text || format_type(r.rngsubtype, NULL::integer)), ( SELECT format('subtype_opclass = %I.%I'::text, n.nspname, o.opcname) AS format
           FROM (pg_opclass o
             JOIN pg_namespace n ON ((n.oid = o.opcnamespace)))
          WHERE ((o.oid = r.rngsubopc) AND (NOT o.opcdefault))), ('collation = '::text || ( SELECT ((r.rngcollation)::regcollation)::text AS rngcollation
           FROM pg_type b
          WHERE ((b.oid = r.rngsubtype) AND (r.rngcollation <> b.typcollation)))), ('canonical = '::text || (NULLIF((r.rngcanonical)::oid, (0)::oid))::regproc), ('subtype_diff = '::text || (NULLIF((r.rngsubdiff)::oid, (0)::oid))::regproc), ( SELECT format('multirange_type_name = %I.%I'::text, n.nspname, m.typname) AS format
           FROM (pg_type m
             JOIN pg_namespace n ON ((n.oid = m.typnamespace)))
          WHERE (m.oid = r.rngmultitypid)))) AS sql
   FROM (type t
     JOIN pg_range r ON ((r.rngtypid = t.oid)))
  WHERE (t.typtype = 'r'::"char")
UNION ALL
 SELECT 'domain'::text AS kind,
    t.path AS name,
    (((((format('create domain %s as %s'::text, t.path, format_type(t.typbasetype, t.typtypmod)) ||
        CASE
            WHEN (t.typcollation <> b.typcollation) THEN (' collate '::text || (t.typcollation)::regcollation)
            ELSE ''::text
        END) || COALESCE((' default '::text || COALESCE(pg_get_expr(t.typdefaultbin, (0)::oid), t.typdefault)), ''::text)) ||
        CASE
            WHEN t.typnotnull THEN ' not null'::text
            ELSE ''::text
        END) || COALESCE(checks.inline, ''::text)) || COALESCE(checks.later, ''::text)) AS sql
   FROM ((type t
     JOIN pg_type b ON ((b.oid = t.typbasetype)))
     CROSS JOIN LATERAL ( SELECT string_agg(format('
  constraint %I %s'::text, c.conname, pg_get_constraintdef(c.oid)), ''::text ORDER BY c.conname) FILTER (WHERE c.convalidated) AS inline,
            string_agg(format(';
alter domain %s add constraint %I %s'::text, t.path, c.conname, pg_get_constraintdef(c.oid)), ''::text ORDER BY c.conname) FILTER (WHERE (NOT c.convalidated)) AS later
           FROM pg_constraint c
          WHERE ((c.contypid = t.oid) AND (c.contype = 'c'::"char"))) checks)
  WHERE (t.typtype = 'd'::"char");

ALTER TABLE integratedb.snapshot_types OWNER TO integratedb_control;

CREATE VIEW integratedb.snapshot_views AS
 SELECT
        CASE c.relkind
            WHEN 'v'::"char" THEN 'view'::text
            ELSE 'materialized view'::text
        END AS kind,
    format('%I.%I'::text, s.name, c.relname) AS name,
    format('create %s %I.%I%s as
%s%s'::text,
        CASE c.relkind
            WHEN 'v'::"char" THEN 'view'::text
            ELSE 'materialized view'::text
        END, s.name, c.relname, COALESCE(( SELECT ((' with ('::text || string_agg(format('%s = %L'::text, o.option_name, o.option_value), ', '::text ORDER BY o.option_name)) || ')'::text)
           FROM pg_options_to_table(c.reloptions) o(option_name, option_value)), ''::text), rtrim(pg_get_viewdef(c.oid), ';'::text),
        CASE c.relkind
            WHEN 'm'::"char" THEN '
with no data'::text
            ELSE ''::text
        END) AS sql
   FROM (pg_class c
     JOIN integratedb.snapshot_schemas s ON ((s.schema = c.relnamespace)))
  WHERE ((c.relkind = ANY (ARRAY['v'::"char", 'm'::"char"])) AND (NOT ((('pg_class'::regclass)::oid, c.oid) IN ( SELECT m.classid,
            m.objid
           FROM integratedb.snapshot_made_by_others m))));

ALTER TABLE integratedb.snapshot_views OWNER TO integratedb_control;

CREATE TABLE integratedb.specs (
    stakeholder_id bigint NOT NULL,
    document jsonb NOT NULL,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text DEFAULT 'claims'::text NOT NULL,
    CONSTRAINT specs_kind_check CHECK ((kind = ANY (ARRAY['claims'::text, 'notifications'::text])))
);

ALTER TABLE integratedb.specs OWNER TO integratedb_control;

ALTER TABLE integratedb.stakeholders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.stakeholders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.stream (
    only_row boolean DEFAULT true NOT NULL,
    epoch bigint DEFAULT 0 NOT NULL,
    slot_lsn pg_lsn,
    gap_from pg_lsn,
    gap_reason text,
    read_lsn pg_lsn,
    floor_lsn pg_lsn DEFAULT '0/0'::pg_lsn NOT NULL,
    floor_index bigint DEFAULT 0 NOT NULL,
    revision bigint DEFAULT 0 NOT NULL,
    CONSTRAINT stream_only_row_check CHECK (only_row)
);

ALTER TABLE integratedb.stream OWNER TO integratedb_control;

CREATE VIEW integratedb.stream_standing AS
 SELECT s.slot_lsn AS from_lsn,
    GREATEST(s.read_lsn, r.confirmed_flush_lsn) AS read_lsn,
    pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn) AS held_bytes,
    GREATEST(pg_wal_lsn_diff(pg_current_wal_lsn(), GREATEST(s.read_lsn, r.confirmed_flush_lsn)), (0)::numeric) AS unread_bytes,
    COALESCE(r.active, false) AS is_being_read
   FROM ((integratedb.stream s
     JOIN pg_database d ON ((d.datname = current_database())))
     LEFT JOIN pg_replication_slots r ON ((r.slot_name = ('integratedb_'::text || d.oid))));

ALTER TABLE integratedb.stream_standing OWNER TO integratedb_control;

CREATE TABLE integratedb.tokens (
    id bigint NOT NULL,
    stakeholder_id bigint NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone
);

ALTER TABLE integratedb.tokens OWNER TO integratedb_control;

ALTER TABLE integratedb.tokens ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE integratedb.users (
    id bigint NOT NULL,
    username text NOT NULL,
    password_hash text NOT NULL,
    token_generation integer DEFAULT 1 NOT NULL,
    inserted_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE integratedb.users OWNER TO integratedb_control;

ALTER TABLE integratedb.users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE integratedb.watched_tables ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME integratedb.watched_tables_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.orders (
    id bigint NOT NULL,
    note character varying(40) NOT NULL,
    extra text,
    more text
);

ALTER TABLE public.orders OWNER TO app_owner;

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_0 FOR VALUES IN ('0');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_1 FOR VALUES IN ('1');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_2 FOR VALUES IN ('2');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_3 FOR VALUES IN ('3');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_4 FOR VALUES IN ('4');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_5 FOR VALUES IN ('5');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_6 FOR VALUES IN ('6');

ALTER TABLE ONLY integratedb.log ATTACH PARTITION integratedb.log_7 FOR VALUES IN ('7');

INSERT INTO integratedb.channels (id, stakeholder_id, name, settings, sealed, position_lsn, position_index, turn, paused, delivered, delivered_at, failures, error, error_at, inserted_at, updated_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'SOCKET', '{"name": "SOCKET", "type": "SOCKET"}', '\x7e383e62729a949f2bc544e2db07f5e54af553541557dc4098a76e816b6c', '0/1000000', 0, 1, false, 0, NULL, 0, NULL, NULL, '2026-11-24 19:11:18.464522+00', '2026-11-24 19:11:18.464522+00');

INSERT INTO integratedb.claimed_columns (claimed_table_id, field_no, field_alternative_no, column_name, optional, planned, type, type_as_written, min_length, is_nullable, seen, seen_attnum, seen_type, seen_length, seen_nullable, since) VALUES
	(1, 0, 0, 'id', false, false, NULL, NULL, NULL, NULL, true, 1, 'bigint', 64, false, '2026-11-24 19:11:18.464522+00'),
	(1, 1, 0, 'note', false, false, 'character varying', 'varchar', 40, NULL, true, 2, 'character varying', 40, false, '2026-11-24 19:11:18.464522+00'),
	(2, -1, 0, 'id', false, false, NULL, NULL, NULL, NULL, true, 1, 'bigint', 64, false, '2026-11-24 19:11:18.464522+00'),
	(2, -1, 0, 'note', false, false, NULL, NULL, NULL, NULL, true, 2, 'character varying', 40, false, '2026-11-24 19:11:18.464522+00'),
	(2, -1, 0, 'extra', false, false, NULL, NULL, NULL, NULL, true, 3, 'text', NULL, true, '2026-11-24 19:11:18.464522+00'),
	(2, -1, 0, 'more', false, false, NULL, NULL, NULL, NULL, true, 4, 'text', NULL, true, '2026-11-24 19:11:18.628846+00');

INSERT INTO integratedb.claimed_tables (id, claim_id, alternative_no, watched_id, every_column, planned, since) OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 0, 1, false, false, '2026-11-24 19:11:18.464522+00'),
	(2, 2, 0, 1, true, false, '2026-11-24 19:11:18.464522+00');

INSERT INTO integratedb.claims (id, stakeholder_id, match_no, optional, alternatives, kind, listens, needs_identity, old_columns) OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 0, false, 1, 'claims', NULL, false, '{}'),
	(2, 1, 0, false, 1, 'notifications', '{"events": ["INSERT"], "channels": ["*"]}', false, '{}');

INSERT INTO integratedb.fence (only_row, passed) VALUES
	(true, 2);

INSERT INTO integratedb.granted_columns (stakeholder_id, relation, attnums) VALUES
	(1, 16395, '{1,2}');

INSERT INTO integratedb.log_segments (ring, no, began_at) VALUES
	(0, 0, '2026-11-24 19:10:57.100441+00'),
	(1, NULL, NULL),
	(2, NULL, NULL),
	(3, NULL, NULL),
	(4, NULL, NULL),
	(5, NULL, NULL),
	(6, NULL, NULL),
	(7, NULL, NULL);

INSERT INTO integratedb.migrations (version, name, checksum, applied_at) VALUES
	(1, 'registry', '\xe4276ff6f3d5f4deeaa0aa5f69bbda00b3c60ef11bdab45b6923b99d5d551292', '2026-11-24 19:10:57.100441+00'),
	(2, 'gate', '\x02873ca4fff1bf6966da31692dc98832423b196334322db279c6fc7912cf4b36', '2026-11-24 19:10:57.100441+00'),
	(3, 'journal', '\x1721227c1176da583e75d4ab3dd5b046e3da1d0888a7511adb3c1c8c965a3776', '2026-11-24 19:10:57.100441+00'),
	(4, 'notifications', '\x137f2b22d2756e0e9eb3548db4bb4837f081171f510fa58b5963c4f07f45264b', '2026-11-24 19:10:57.100441+00'),
	(5, 'tokens', '\x13f395f0e4b2251c91ee5997dd83e99125a5b9f492c0e958e89b83363fd8a5df', '2026-11-24 19:10:57.100441+00'),
	(6, 'backfills', '\xed3c52652b02d2c47bca9b1eb1c3c5824c18b171c583ba19a37b2f98794ca587', '2026-11-24 19:10:57.100441+00');

INSERT INTO integratedb.specs (stakeholder_id, document, inserted_at, updated_at, kind) VALUES
	(1, '{"match": [{"optional": false, "alternatives": [{"table": "orders", "fields": [{"optional": false, "alternatives": [{"name": "id", "planned": false}]}, {"optional": false, "alternatives": [{"name": "note", "type": "varchar", "planned": false, "type_name": "character varying", "min_length": 40}]}], "schema": "public", "planned": false, "every_column": false}]}]}', '2026-11-24 19:11:18.464522+00', '2026-11-24 19:11:18.464522+00', 'claims'),
	(1, '{"match": [{"listens": {"events": ["INSERT"], "channels": ["*"]}, "optional": false, "alternatives": [{"table": "orders", "fields": [], "schema": "public", "planned": false, "every_column": true}]}]}', '2026-11-24 19:11:18.464522+00', '2026-11-24 19:11:18.464522+00', 'notifications');

INSERT INTO integratedb.stakeholders (id, name, deletion, inserted_at, updated_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'reader_of_before', NULL, '2026-11-24 19:11:18.46233+00', '2026-11-24 19:11:18.46233+00');

INSERT INTO integratedb.stream (only_row, epoch, slot_lsn, gap_from, gap_reason, read_lsn, floor_lsn, floor_index, revision) VALUES
	(true, 0, NULL, NULL, NULL, NULL, '0/0', 0, 0);

INSERT INTO integratedb.tokens (id, stakeholder_id, name, hash, inserted_at, expires_at, last_used_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'before', '\xfc5cbdee524cdd2bbf3c7f4de3cf54962004077335ff631841c721a9e58636ec', '2026-11-24 19:11:18.625174+00', NULL, NULL);

INSERT INTO integratedb.users (id, username, password_hash, token_generation, inserted_at, updated_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'root', '$argon2id$v=19$m=19456,t=2,p=1$K4pZKIx+I4vZJS3VM9gsrw$HWHu3tQdgaZPkSG30c1Paq7vcgaSetRWgTEt1uSyGDQ', 1, '2026-01-02 03:04:05+00', '2026-11-24 19:11:18.455452+00'),
	(2, 'second', '$argon2id$v=19$m=19456,t=2,p=1$K4pZKIx+I4vZJS3VM9gsrw$HWHu3tQdgaZPkSG30c1Paq7vcgaSetRWgTEt1uSyGDQ', 1, '2026-11-24 19:11:18.457546+00', '2026-11-24 19:11:18.457546+00');

INSERT INTO integratedb.watched_tables (id, schema_name, table_name, relation, digest, is_heard) OVERRIDING SYSTEM VALUE VALUES
	(1, 'public', 'orders', 16395, -6656095381248021846, true);

INSERT INTO public.orders (id, note, extra, more) VALUES
	(1, 'kept', 'x', NULL);

SELECT pg_catalog.setval('integratedb.backfills_id_seq', 1, false);

SELECT pg_catalog.setval('integratedb.channels_id_seq', 1, true);

SELECT pg_catalog.setval('integratedb.claimed_tables_id_seq', 2, true);

SELECT pg_catalog.setval('integratedb.claims_id_seq', 2, true);

SELECT pg_catalog.setval('integratedb.dead_letters_id_seq', 1, false);

SELECT pg_catalog.setval('integratedb.gate_commands_id_seq', 1, false);

SELECT pg_catalog.setval('integratedb.journal_id_seq', 1, false);

SELECT pg_catalog.setval('integratedb.log_shapes_id_seq', 1, false);

SELECT pg_catalog.setval('integratedb.refusals', 1, false);

SELECT pg_catalog.setval('integratedb.refused_at', 1, false);

SELECT pg_catalog.setval('integratedb.stakeholders_id_seq', 1, true);

SELECT pg_catalog.setval('integratedb.tokens_id_seq', 1, true);

SELECT pg_catalog.setval('integratedb.users_id_seq', 2, true);

SELECT pg_catalog.setval('integratedb.watched_tables_id_seq', 2, true);

ALTER TABLE ONLY integratedb.backfill_tables
    ADD CONSTRAINT backfill_tables_pkey PRIMARY KEY (backfill_id, no);

ALTER TABLE ONLY integratedb.backfills
    ADD CONSTRAINT backfills_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.channels
    ADD CONSTRAINT channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.channels
    ADD CONSTRAINT channels_stakeholder_id_name_key UNIQUE (stakeholder_id, name);

ALTER TABLE ONLY integratedb.claimed_columns
    ADD CONSTRAINT claimed_columns_pkey PRIMARY KEY (claimed_table_id, field_no, field_alternative_no, column_name);

ALTER TABLE ONLY integratedb.claimed_tables
    ADD CONSTRAINT claimed_tables_claim_id_alternative_no_watched_id_key UNIQUE (claim_id, alternative_no, watched_id);

ALTER TABLE ONLY integratedb.claimed_tables
    ADD CONSTRAINT claimed_tables_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.claims
    ADD CONSTRAINT claims_stakeholder_id_kind_match_no_key UNIQUE (stakeholder_id, kind, match_no);

ALTER TABLE ONLY integratedb.dead_letters
    ADD CONSTRAINT dead_letters_channel_id_position_key UNIQUE (channel_id, lsn, index);

ALTER TABLE ONLY integratedb.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.fence
    ADD CONSTRAINT fence_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY integratedb.gate_commands
    ADD CONSTRAINT gate_commands_pkey PRIMARY KEY (xid, id);

ALTER TABLE ONLY integratedb.gate_marks
    ADD CONSTRAINT gate_marks_pkey PRIMARY KEY (xid);

ALTER TABLE ONLY integratedb.granted_columns
    ADD CONSTRAINT granted_columns_pkey PRIMARY KEY (relation, stakeholder_id);

ALTER TABLE ONLY integratedb.granted_schemas
    ADD CONSTRAINT granted_schemas_pkey PRIMARY KEY (stakeholder_id, schema);

ALTER TABLE ONLY integratedb.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.journal
    ADD CONSTRAINT journal_transaction_key UNIQUE (started_at, transaction_id);

ALTER TABLE ONLY integratedb.log_segments
    ADD CONSTRAINT log_segments_no_key UNIQUE (no);

ALTER TABLE ONLY integratedb.log_segments
    ADD CONSTRAINT log_segments_pkey PRIMARY KEY (ring);

ALTER TABLE ONLY integratedb.log_shapes
    ADD CONSTRAINT log_shapes_hash_key UNIQUE (hash);

ALTER TABLE ONLY integratedb.log_shapes
    ADD CONSTRAINT log_shapes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY integratedb.specs
    ADD CONSTRAINT specs_pkey PRIMARY KEY (stakeholder_id, kind);

ALTER TABLE ONLY integratedb.stakeholders
    ADD CONSTRAINT stakeholders_name_key UNIQUE (name);

ALTER TABLE ONLY integratedb.stakeholders
    ADD CONSTRAINT stakeholders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY integratedb.tokens
    ADD CONSTRAINT tokens_hash_key UNIQUE (hash);

ALTER TABLE ONLY integratedb.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.watched_tables
    ADD CONSTRAINT watched_tables_pkey PRIMARY KEY (id);

ALTER TABLE ONLY integratedb.watched_tables
    ADD CONSTRAINT watched_tables_schema_name_table_name_key UNIQUE (schema_name, table_name);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

CREATE INDEX backfills_running_idx ON integratedb.backfills USING btree (id) WHERE (state = 'running'::text);

CREATE INDEX backfills_stakeholder_id_idx ON integratedb.backfills USING btree (stakeholder_id);

CREATE INDEX claimed_tables_watched_id_idx ON integratedb.claimed_tables USING btree (watched_id);

CREATE INDEX granted_columns_stakeholder_id_idx ON integratedb.granted_columns USING btree (stakeholder_id);

CREATE UNIQUE INDEX log_0_key ON integratedb.log_0 USING btree (lsn, index);

CREATE INDEX log_0_xid ON integratedb.log_0 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_1_key ON integratedb.log_1 USING btree (lsn, index);

CREATE INDEX log_1_xid ON integratedb.log_1 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_2_key ON integratedb.log_2 USING btree (lsn, index);

CREATE INDEX log_2_xid ON integratedb.log_2 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_3_key ON integratedb.log_3 USING btree (lsn, index);

CREATE INDEX log_3_xid ON integratedb.log_3 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_4_key ON integratedb.log_4 USING btree (lsn, index);

CREATE INDEX log_4_xid ON integratedb.log_4 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_5_key ON integratedb.log_5 USING btree (lsn, index);

CREATE INDEX log_5_xid ON integratedb.log_5 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_6_key ON integratedb.log_6 USING btree (lsn, index);

CREATE INDEX log_6_xid ON integratedb.log_6 USING brin (xid) WITH (autosummarize='on');

CREATE UNIQUE INDEX log_7_key ON integratedb.log_7 USING btree (lsn, index);

CREATE INDEX log_7_xid ON integratedb.log_7 USING brin (xid) WITH (autosummarize='on');

CREATE INDEX tokens_stakeholder_id_idx ON integratedb.tokens USING btree (stakeholder_id);

CREATE UNIQUE INDEX users_username_key ON integratedb.users USING btree (lower(username));

CREATE CONSTRAINT TRIGGER gate_validate AFTER INSERT ON integratedb.gate_marks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION integratedb.gate_validate();

ALTER TABLE ONLY integratedb.backfill_tables
    ADD CONSTRAINT backfill_tables_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES integratedb.backfills(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.backfills
    ADD CONSTRAINT backfills_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.channels
    ADD CONSTRAINT channels_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.claimed_tables
    ADD CONSTRAINT claimed_tables_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES integratedb.claims(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.claimed_tables
    ADD CONSTRAINT claimed_tables_watched_id_fkey FOREIGN KEY (watched_id) REFERENCES integratedb.watched_tables(id);

ALTER TABLE ONLY integratedb.claims
    ADD CONSTRAINT claims_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.dead_letters
    ADD CONSTRAINT dead_letters_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES integratedb.channels(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.granted_columns
    ADD CONSTRAINT granted_columns_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.granted_schemas
    ADD CONSTRAINT granted_schemas_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.specs
    ADD CONSTRAINT specs_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

ALTER TABLE ONLY integratedb.tokens
    ADD CONSTRAINT tokens_stakeholder_id_fkey FOREIGN KEY (stakeholder_id) REFERENCES integratedb.stakeholders(id) ON DELETE CASCADE;

CREATE PUBLICATION integratedb WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = true);

ALTER PUBLICATION integratedb OWNER TO integratedb_control;

CREATE PUBLICATION integratedb_inserts WITH (publish = 'insert, truncate', publish_via_partition_root = true);

ALTER PUBLICATION integratedb_inserts OWNER TO integratedb_control;

ALTER PUBLICATION integratedb ADD TABLE ONLY public.orders;

GRANT ALL ON SCHEMA public TO integratedb_control;
GRANT ALL ON SCHEMA public TO app_owner;

GRANT ALL ON SCHEMA reader_of_before TO reader_of_before;

GRANT SELECT(id) ON TABLE public.orders TO reader_of_before;

GRANT SELECT(note) ON TABLE public.orders TO reader_of_before;

