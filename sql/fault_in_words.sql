-- One fault as a person reads it after "<stakeholder> needs ". Brief: where the
-- table is known already.
drop function if exists integratedb.fault_in_words(name, name, name, text, text, text);
create or replace function integratedb.fault_in_words(
  schema_name name, table_name name, column_name name, property text, needed text, found text, is_brief boolean
)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
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
