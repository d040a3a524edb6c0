-- Lets the publications hold just the tables somebody listens to, as they can be
-- published now. Answers what could not be done, and why: it fails for nothing.
create or replace function integratedb.follow_publications()
returns table (schema_name name, table_name name, owner name, problem text, code text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
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

-- They are there from the beginning: a replication slot must be younger than its
-- publications, or decoding stops for good.
do $$
declare
  publication record;
begin
  for publication in
    values ('integratedb', 'insert, update, delete, truncate'), ('integratedb_inserts', 'insert, truncate')
  loop
    if not exists (select from pg_catalog.pg_publication p where p.pubname = publication.column1) then
      execute format(
        'create publication %I with (publish = %L, publish_via_partition_root = true)',
        publication.column1, publication.column2
      );
    end if;
  end loop;
end
$$;
