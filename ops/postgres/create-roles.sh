#!/bin/sh
# Runs once, when the data volume is new, and again by hand for a volume of an earlier version: the owner of the catalog,
# the roles of its processes (docs/database-roles.md), and a role for Temporal. Neither can read what the other owns.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set catalog_password="$(cat /run/secrets/catalog_db_password)" --set temporal_password="$(cat /run/secrets/temporal_db_password)" \
  --set server_password="$(cat /run/secrets/server_db_password)" --set worker_password="$(cat /run/secrets/worker_db_password)" \
  --set operator_password="$(cat /run/secrets/operator_db_password)" <<'SQL'
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['catalog_sync', 'temporal']) AS wanted (name)
 WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec
SELECT format('CREATE ROLE catalog_sync_%s NOINHERIT', name)
  FROM unnest(ARRAY['owner', 'server', 'tenant', 'supplier', 'reader', 'worker', 'operator', 'pruner']) AS wanted (name)
 WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'catalog_sync_' || name) \gexec
GRANT catalog_sync_tenant, catalog_sync_supplier, catalog_sync_reader TO catalog_sync_server;
GRANT catalog_sync_pruner TO catalog_sync_worker, catalog_sync_operator;
-- Used by `setup` only, which makes the tables and gives them to the owner.
ALTER ROLE catalog_sync LOGIN PASSWORD :'catalog_password';
GRANT catalog_sync_owner, catalog_sync_server, catalog_sync_worker, catalog_sync_operator TO catalog_sync;
-- An early migration makes functions that set it.
GRANT SET ON PARAMETER "catalog_sync.prune" TO catalog_sync;
ALTER ROLE catalog_sync_server LOGIN PASSWORD :'server_password';
ALTER ROLE catalog_sync_worker LOGIN PASSWORD :'worker_password';
ALTER ROLE catalog_sync_operator LOGIN PASSWORD :'operator_password';
ALTER ROLE temporal LOGIN PASSWORD :'temporal_password';
SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
  FROM (VALUES ('catalog_sync', 'catalog_sync'), ('temporal', 'temporal'), ('temporal_visibility', 'temporal'))
    AS wanted (name, owner)
 WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = name) \gexec
REVOKE CONNECT ON DATABASE catalog_sync, temporal, temporal_visibility, postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE catalog_sync TO catalog_sync_server, catalog_sync_worker, catalog_sync_operator;
-- Prisma's adapter reads and writes times as if its session were in UTC.
ALTER ROLE catalog_sync SET timezone TO 'UTC';
SQL
