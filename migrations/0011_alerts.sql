-- Alerts: what stakeholders want to be told of beside changes, what keeps alerts
-- genuine, and what of it was told already.

-- What a stakeholder's document says of alerts; none without a row.
create table integratedb.alerts (
  stakeholder_id bigint not null constraint alerts_pkey primary key
    constraint alerts_stakeholder_id_fkey references integratedb.stakeholders on delete cascade,
  -- {*}: all of them, also those that later versions know.
  kinds text[] not null,
  -- By name; {*}: all that are configured.
  channels text[] not null
);

-- Signs alerts on their way through the stream, where everybody may put words, by
-- HMAC-SHA256. The key is kept padded as well (RFC 2104), so that SQL only hashes.
create table integratedb.alert_key (
  only_row boolean not null default true
    constraint alert_key_pkey primary key
    constraint alert_key_only_row_check check (only_row),
  key bytea not null,
  inner_pad bytea not null,
  outer_pad bytea not null
);

do $$
declare
  -- 122 random bits in each of these.
  random bytea := sha256(
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
  );
  inner_pad bytea := random || decode(repeat('00', 32), 'hex');
  outer_pad bytea := inner_pad;
begin
  for place in 0..63 loop
    inner_pad := set_byte(inner_pad, place, get_byte(inner_pad, place) # 54);
    outer_pad := set_byte(outer_pad, place, get_byte(outer_pad, place) # 92);
  end loop;
  insert into integratedb.alert_key (key, inner_pad, outer_pad) values (random, inner_pad, outer_pad);
end
$$;

-- Since when a claim is known to be unmet, of those who want to be told; null: it is
-- met, as far as anybody has looked.
alter table integratedb.claims add unmet_since timestamptz;
create index claims_unmet_idx on integratedb.claims (id) where unmet_since is not null;

-- Which ends of credentials were told ahead, and how many days ahead.
create table integratedb.expiries_told (
  kind text not null,
  credential_id bigint not null,
  expires_at timestamptz not null,
  days integer not null,
  constraint expiries_told_pkey primary key (kind, credential_id, expires_at, days)
);

-- When it was told last that nobody takes what the channel sends.
alter table integratedb.channels add death_told_at timestamptz;
