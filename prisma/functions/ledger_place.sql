-- Where the ledger is: PostgreSQL's cluster, its timeline, the database, and the ledger's table in it. A dump that is
-- restored, a database that is made of another one, a recovery to a point in time and a promoted standby are all
-- elsewhere; a restart is not.
CREATE OR REPLACE FUNCTION ledger_place()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT format('%s/%s/%s/%s', s.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
                (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
                'supplier_event'::regclass::oid)
    FROM pg_control_system() s
$$;
