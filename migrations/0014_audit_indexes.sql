-- What people ask of the audit: what happened from when to when.
create index audit_at_idx on integratedb.audit (at);
