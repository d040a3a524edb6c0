-- One fault as a person reads it after "<stakeholder> needs ".
create or replace function integratedb.fault_in_words(
  schema_name name, table_name name, column_name name, property text, needed text, found text
)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case property
    when 'path' then case table_name
      when '' then format('schema %s: it does not exist', schema_name)
      else format('%s.%s: the table does not exist', schema_name, table_name)
        || coalesce(' (it is called ' || found || ' now)', '')
    end
    when 'name' then
      format('%s.%s.%s: the column does not exist', schema_name, table_name, column_name)
        || coalesce(' (it is called ' || found || ' now)', '')
    when 'type' then format('%s.%s.%s to be %s: it is %s', schema_name, table_name, column_name, needed, found)
    when 'min_length' then
      format('%s.%s.%s to have a length of at least %s: it has %s', schema_name, table_name, column_name, needed, found)
    when 'is_nullable' then format('%s.%s.%s to be not null: it is nullable', schema_name, table_name, column_name)
  end
$$;
