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

for name in postgres catalog_db server_db worker_db operator_db temporal_db grafana; do
  name=${name}_password
  keep "$name" && continue
  random >"secrets/$name"
  made "$name"
done
if ! keep metrics_token; then
  random >secrets/metrics_token
  made metrics_token
fi
# What only the issuer of a single sign-on can say. Empty: there is none.
if [ ! -e secrets/oidc_client_secret ]; then
  : >secrets/oidc_client_secret
  chmod 0644 secrets/oidc_client_secret
fi
# Where Alertmanager sends what an owner has to mend, an address each. Empty: nowhere.
for name in infra platform storefront support_eng; do
  [ -e "secrets/alerts_$name" ] && continue
  : >"secrets/alerts_$name"
  chmod 0644 "secrets/alerts_$name"
done
if ! keep secrets_key; then
  head -c 32 /dev/urandom | base64 | tr -d '\n' >secrets/secrets_key
  made secrets_key
fi
# Each process signs in to PostgreSQL as its own role; setup as the one that may make them.
url() {
  keep "$1_database_url" && return
  printf 'postgresql://%s:%s@postgres:5432/catalog_sync' "$2" "$(cat "secrets/$3_db_password")" >"secrets/$1_database_url"
  made "$1_database_url"
}
url setup catalog_sync catalog
url server catalog_sync_server server
url worker catalog_sync_worker worker
url operator catalog_sync_operator operator
