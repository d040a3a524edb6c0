-- A time as the API and events write it: RFC 3339, UTC with a Z, and always six digits
-- after the second. What Postgres makes of it in JSON depends on the session. The same
-- form is in src/moment.rs.
create or replace function integratedb.rfc3339(at timestamptz)
returns text
language sql
stable strict
set search_path = pg_catalog, pg_temp
as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
