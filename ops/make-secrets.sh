#!/bin/sh
# Makes the passwords and the key that docker-compose.yml needs, each as a file of secrets/; those that are there stay.
# The folder is its owner's alone; the files are readable, for the containers' users, who are others, get each by itself.
# Losing secrets_key loses every signing secret: keep a copy of it elsewhere.
set -eu
cd "$(dirname "$0")/.."

umask 077
mkdir -p secrets
made() {
  chmod 0444 "secrets/$1"
  echo "made secrets/$1" >&2
}
keep() {
  [ -s "secrets/$1" ]
}
random() {
  # Letters and digits only: passwords become parts of addresses.
  head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

for name in postgres_password catalog_db_password temporal_db_password grafana_password; do
  keep "$name" && continue
  random >"secrets/$name"
  made "$name"
done
if ! keep secrets_key; then
  head -c 32 /dev/urandom | base64 | tr -d '\n' >secrets/secrets_key
  made secrets_key
fi
if ! keep database_url; then
  printf 'postgresql://catalog_sync:%s@postgres:5432/catalog_sync' "$(cat secrets/catalog_db_password)" >secrets/database_url
  made database_url
fi
