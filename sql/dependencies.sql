-- Who depends on which tables, for the picture: of one stakeholder, one schema or one
-- table (null: of all).
--
--   stakeholders  how many tables and unmet claims each has, and how its channels are:
--                 waiting_since is when the oldest change was committed that isn't through
--   tables        whether each exists, and how many stakeholders and columns are claimed
--   claims        a line for each stakeholder and table, at most so many, the unmet ones
--                 first; `total` says how many there are
--   columns       of one table, those it has and those that are claimed, and by whom
drop function if exists integratedb.dependencies(bigint, text, text, bigint);
create or replace function integratedb.dependencies(
  stakeholder bigint, schema_asked text, table_asked text, most_claims bigint
)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with hit as materialized (
    select
      ct.id, ct.watched_id, ct.claim_id, c.stakeholder_id, c.kind, c.optional, c.alternatives, ct.every_column
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
    join integratedb.claims c on c.id = ct.claim_id
    -- What `schema.*` stands for is there table by table.
    where (not t.is_schema or not t.found)
      and coalesce(c.stakeholder_id = stakeholder, true)
      and coalesce(t.schema_name = schema_asked, true)
      and coalesce(t.table_name = table_asked, true)
  ),
  unmet as materialized (
    select distinct u.claim_id, u.watched_id, u.claimed_table_id, u.column_name
    from integratedb.unmet(array(select distinct h.watched_id from hit h)) u
  ),
  leaf as materialized (
    select distinct h.stakeholder_id, h.watched_id, cc.column_name
    from hit h
    join integratedb.claimed_columns cc on cc.claimed_table_id = h.id
    where h.kind = 'claims'
  ),
  line as materialized (
    select
      h.stakeholder_id, h.watched_id, coalesce(l.columns, 0) as columns,
      bool_or(h.kind = 'claims') as is_claimed,
      bool_or(h.kind = 'notifications') as listens,
      not bool_and(h.optional) as is_required,
      bool_and(h.alternatives > 1) as has_alternatives,
      bool_or(h.every_column) as is_every_column,
      bool_or(u.claim_id is not null) as is_unmet
    from hit h
    left join (select distinct claim_id, watched_id from unmet) u using (claim_id, watched_id)
    left join (
      select l.stakeholder_id, l.watched_id, count(*) as columns from leaf l group by 1, 2
    ) l using (stakeholder_id, watched_id)
    group by h.stakeholder_id, h.watched_id, l.columns
  )
  select jsonb_build_object(
    'stakeholders', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id, 'name', s.name, 'tables', coalesce(l.tables, 0),
        'unmet_claims', coalesce(u.claims, 0), 'channels', coalesce(channel.list, '[]')
      ) order by s.name), '[]')
      from integratedb.stakeholders s
      left join (
        select l.stakeholder_id, count(*) as tables from line l group by 1
      ) l on l.stakeholder_id = s.id
      left join (
        select c.stakeholder_id, count(distinct u.claim_id) as claims
        from unmet u
        join integratedb.claims c on c.id = u.claim_id
        group by 1
      ) u on u.stakeholder_id = s.id
      left join (
        select c.stakeholder_id, jsonb_agg(jsonb_build_object(
          'name', c.name, 'type', c.settings ->> 'type', 'paused', c.paused, 'failures', c.failures,
          'last_error', c.error, 'waiting_since', integratedb.rfc3339(waiting.since),
          'dead_letters', (select count(*) from integratedb.dead_letters d where d.channel_id = c.id)
        ) order by c.id) as list
        from integratedb.channels c
        left join lateral (
          select g.committed_at as since
          from integratedb.log g
          where (g.lsn, g.index) > (c.position_lsn, c.position_index)
          order by g.lsn, g.index
          limit 1
        ) waiting on c.settings ->> 'type' <> 'SOCKET' or c.acknowledged_at is not null
        group by c.stakeholder_id
      ) channel on channel.stakeholder_id = s.id
      where s.deletion is null
        and (
          l.tables > 0
          or s.id = stakeholder
          or num_nulls(stakeholder, schema_asked, table_asked) = 3
        )
    ),
    'tables', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', t.watched_id, 'schema', t.schema_name,
        'table', case when t.is_schema then '*' else t.table_name::text end,
        'exists', t.found, 'stakeholders', l.stakeholders, 'columns', coalesce(c.columns, 0),
        'is_unmet', l.is_unmet
      ) order by t.schema_name, t.table_name), '[]')
      from integratedb.live_tables t
      join (
        select l.watched_id, count(*) as stakeholders, bool_or(l.is_unmet) as is_unmet
        from line l group by 1
      ) l on l.watched_id = t.watched_id
      left join (
        select l.watched_id, count(distinct l.column_name) as columns from leaf l group by 1
      ) c on c.watched_id = t.watched_id
    ),
    'claims', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'stakeholder_id', l.stakeholder_id, 'table_id', l.watched_id, 'columns', l.columns,
        'is_claimed', l.is_claimed, 'listens', l.listens, 'is_required', l.is_required,
        'has_alternatives', l.has_alternatives, 'is_every_column', l.is_every_column,
        'is_unmet', l.is_unmet
      ) order by l.is_unmet desc, l.stakeholder_id, l.watched_id), '[]')
      from (
        select * from line l
        order by l.is_unmet desc, l.stakeholder_id, l.watched_id
        limit most_claims
      ) l
    ),
    'total', (select count(*) from line)
  ) || case
    when num_nulls(schema_asked, table_asked) > 0 then '{}'
    else jsonb_build_object('columns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', name, 'type', c.type_name, 'is_nullable', c.is_nullable,
        'exists', c.attnum is not null,
        'claimed_by', coalesce(l.claimed_by, '[]'), 'unmet_for', coalesce(u.unmet_for, '[]')
      ) order by c.attnum, name), '[]')
      from (
        select c.column_name, c.attnum, c.type_name, c.is_nullable
        from integratedb.live_columns c
        where c.schema_name = schema_asked and c.table_name = table_asked
      ) c
      full join (
        select l.column_name, jsonb_agg(l.stakeholder_id order by l.stakeholder_id) as claimed_by
        from leaf l group by 1
      ) l using (column_name)
      left join (
        select u.column_name, jsonb_agg(distinct h.stakeholder_id) as unmet_for
        from unmet u
        join hit h on h.id = u.claimed_table_id
        group by 1
      ) u using (column_name)
      cross join lateral (select column_name::text as name) called
    ))
  end
$$;
