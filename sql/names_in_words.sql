-- The first stakeholders of a list as a sentence names them, and how many more.
create or replace function integratedb.names_in_words(names text[])
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when count(*) <= 6 then concat_ws(' and ', string_agg(name, ', ') filter (where no < count), max(name) filter (where no = count))
    else format('%s and %s more', string_agg(name, ', ') filter (where no <= 5), count(*) - 5)
  end
  from (
    select name, row_number() over (order by name) as no, count(*) over () as count
    from unnest(names) name
  ) n
$$;
