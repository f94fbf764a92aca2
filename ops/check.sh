#!/bin/sh
# Checks what ops/ and docker-compose.yml say, without starting anything. Needs docker compose (or docker-compose) and
# promtool; what is missing is named and fails the check.
set -eu
cd "$(dirname "$0")/.."

if docker compose version >/dev/null 2>&1; then
  compose='docker compose'
else
  compose=docker-compose
fi

# Every value set: an empty one is refused, and that is checked too.
filled=$(mktemp)
trap 'rm -f "$filled"' EXIT
sed 's/=$/=0123456789abcdef/' ops/example.env >"$filled"
$compose --env-file "$filled" --file docker-compose.yml config >/dev/null
if $compose --env-file ops/example.env --file docker-compose.yml config >/dev/null 2>&1; then
  echo 'docker-compose.yml starts without passwords' >&2
  exit 1
fi

promtool check config ops/prometheus/prometheus.yml
promtool test rules ops/prometheus/alerts.test.yml
