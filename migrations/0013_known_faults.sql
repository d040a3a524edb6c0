-- What is known to be missing, so that nobody is blamed for what was missing before.

-- The faults of unmet claims, as they were found when a change had been judged, was let
-- through, or somebody looked. See sql/broken_by_this.sql.
create table integratedb.known_faults (
  claim_id bigint not null
    constraint known_faults_claim_id_fkey references integratedb.claims on delete cascade,
  claimed_table_id bigint not null,
  -- Null: of the table itself.
  field_no integer,
  field_alternative_no integer,
  column_name name,
  property text not null,
  found text
);

create index known_faults_claim_id_idx on integratedb.known_faults (claim_id);

-- Who listens to `*` listens to what its claims let it read, and so needs nothing beside
-- what these need: see sql/expand_wildcards.sql.
update integratedb.claimed_columns cc
set optional = true
from integratedb.claimed_tables ct
join integratedb.claims c on c.id = ct.claim_id and c.kind = 'notifications'
where cc.claimed_table_id = ct.id and cc.field_no = -1;

-- For whoever asks whether the audit knows of refused migrations.
create index audit_refused_idx on integratedb.audit (no) where action = 'migration.refused';
