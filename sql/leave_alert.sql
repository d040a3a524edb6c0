-- Leaves an alert in the stream of changes, where whoever reads that makes an event of
-- it. It is told if the transaction commits; one that is `lasting` also if it doesn't,
-- and then as soon as Postgres has written it to disk for another reason.
--
-- Any session may put words into the stream, so these are signed (`src/changes/alert.rs`).
-- `xid` and `after` say where they belong, so that nobody can repeat them elsewhere.
create or replace function integratedb.leave_alert(stakeholder bigint, kind text, data jsonb, lasting boolean default false)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  signed bytea;
  signature bytea;
begin
  signed := int8send(stakeholder) || convert_to(
    jsonb_build_object(
      'kind', kind,
      'at', (extract(epoch from clock_timestamp() - '2000-01-01 00:00:00+00'::timestamptz) * 1000000)::bigint,
      'xid', case when not lasting then pg_current_xact_id()::text::bigint end,
      'after', pg_current_wal_insert_lsn(),
      'nonce', gen_random_uuid(),
      'data', data
    )::text,
    'UTF8'
  );
  select sha256(k.outer_pad || sha256(k.inner_pad || signed)) into signature from integratedb.alert_key k;
  perform pg_logical_emit_message(not lasting, 'integratedb.alert', signature || signed);
end
$$;
