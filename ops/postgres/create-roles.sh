#!/bin/sh
# Runs once, when the data volume is new: one role and database for the catalog, one role for Temporal. Neither can
# read what the other owns.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set catalog_password="$(cat /run/secrets/catalog_db_password)" \
  --set temporal_password="$(cat /run/secrets/temporal_db_password)" <<'SQL'
CREATE ROLE catalog_sync LOGIN PASSWORD :'catalog_password';
CREATE DATABASE catalog_sync OWNER catalog_sync;
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE catalog_sync, temporal, temporal_visibility, postgres FROM PUBLIC;
-- Prisma's adapter reads and writes times as if its session were in UTC.
ALTER ROLE catalog_sync SET timezone TO 'UTC';
SQL
