-- The triggers that should guard the audit (sql/guard_audit.sql), whatever
-- session_replication_role says, and don't: what is, and the SQL that mends it.
select
  format('%s of integratedb.%s is %s', g.name, c.relname,
    case t.tgenabled when 'D' then 'disabled' when 'O' then 'no guard against replicas' when 'R' then 'for replicas only' else 'missing' end
  ) as what,
  case when t.oid is null then format(
    'CREATE TRIGGER %I %s ON integratedb.%I FOR EACH %s EXECUTE FUNCTION integratedb.guard_audit(); ',
    g.name, g.event, c.relname, g.of
  ) else '' end
  || format('ALTER TABLE integratedb.%I ENABLE ALWAYS TRIGGER %I;', c.relname, g.name) as remedy
from pg_catalog.pg_class c
cross join (values
  ('guard_rows', 'BEFORE UPDATE OR DELETE', 'ROW'), ('guard_table', 'BEFORE TRUNCATE', 'STATEMENT')
) g (name, event, of)
left join pg_catalog.pg_trigger t on t.tgrelid = c.oid and t.tgname = g.name
where c.relnamespace = 'integratedb'::regnamespace
  and c.relname in ('audit', 'audit_unsealed', 'audit_head')
  and t.tgenabled is distinct from 'A'
order by c.relname, g.name
