-- Where the privileges of stakeholders differ from their claims, a row for each
-- role and table (or schema, with USAGE):
--
--   missing   claimed, and not held
--   excess    held because IntegrateDB granted it, and not claimed any more
--   foreign   held because somebody else granted it to the role itself, and not
--             claimed: IntegrateDB never takes that away
--   beyond    what its role may by attributes or memberships, whatever is claimed: of no
--             table and no schema (beyond_claims.sql)
--
-- `statement` would mend it; `is_allowed` says whether the control plane may.
create or replace function integratedb.drift()
returns table (
  kind text,
  stakeholder text,
  schema_name text,
  table_name text,
  columns text[],
  privilege text,
  is_allowed boolean,
  statement text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
as $$
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
      lower(f.privilege), ' (' || (select string_agg(quote_ident(name), ', ') from unnest(f.columns) name) || ')',
      f.schema_name, f.table_name, f.role
    )
  from integratedb.foreign_grants() f
  union all
  select
    'beyond', b.stakeholder, null, null, null,
    b.privilege || case when b.role = b.stakeholder then '' else ' of its login ' || b.role end,
    false, b.statement
  from integratedb.beyond_claims() b
  order by 2, 3 nulls first, 4 nulls first, 1, 5, 6;
end
$$;
