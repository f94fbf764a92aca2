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

$compose --env-file ops/example.env --file docker-compose.yml config >/dev/null

# The token that the configuration names is in the container only.
promtool check config --syntax-only ops/prometheus/prometheus.yml
promtool check rules ops/prometheus/rules.yml ops/prometheus/alerts.yml
promtool test rules ops/prometheus/alerts.test.yml
