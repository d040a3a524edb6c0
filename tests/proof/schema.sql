-- What is written to, and the truth about it: triggers that keep, in the same
-- transaction, what was done. So the truth is there if and only if the change is,
-- whatever the writer came to know of its commit.

create schema proof;
create sequence proof.ids start 1000;
create sequence proof.revisions;

create table proof.orders (id bigint primary key, revision bigint, note text);
create table proof.items (id bigint primary key, revision bigint, note text);
alter table proof.items replica identity full;
create table proof."Odd Ones" (id bigint primary key, revision bigint, note text);
-- Counters without a hole: whoever adds to one holds its row up to the commit, so the
-- numbers go up in the order of commits.
create table proof.tallies (id bigint primary key, revision bigint, note text, n bigint not null);

create table proof.truth (
  no bigint generated always as identity primary key,
  subject text not null,
  operation text not null,
  id bigint not null,
  revision bigint not null,
  transaction bigint not null
);

-- Taken while the row is locked, so a row's revisions go up in the order of commits.
create function proof.revise() returns trigger language plpgsql as $$
begin
  new.revision := nextval('proof.revisions');
  return new;
end
$$;

create function proof.remember() returns trigger language plpgsql as $$
begin
  insert into proof.truth (subject, operation, id, revision, transaction)
  values (
    'proof.' || tg_table_name, tg_op,
    case tg_op when 'DELETE' then old.id else new.id end,
    case tg_op when 'DELETE' then 0 else new.revision end,
    pg_current_xact_id()::text::bigint % 4294967296
  );
  return null;
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['orders', 'items', 'Odd Ones', 'tallies'] loop
    execute format('create trigger revise before insert or update on proof.%I for each row execute function proof.revise()', name);
    execute format('create trigger remember after insert or update or delete on proof.%I for each row execute function proof.remember()', name);
  end loop;
end
$$;
