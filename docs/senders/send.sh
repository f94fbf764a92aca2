#!/usr/bin/env bash
# Sends one event, signed. Needs bash, curl 7.76 or later, and openssl.
#
#   export CATALOG_URL=https://sync.example.com CATALOG_TENANT=shop CATALOG_SUPPLIER=acme CATALOG_SECRET=whsec_…
#   bash send.sh CHAIR-01 5
set -euo pipefail

sku=${1:?usage: send.sh SKU QUANTITY [EVENT-ID]}
quantity=${2:?usage: send.sh SKU QUANTITY [EVENT-ID]}
id=${3:-evt-$(openssl rand -hex 12)}
message=msg-$(openssl rand -hex 12)
timestamp=$(date +%s)
body=$(printf '{"id":"%s","sku":"%s","quantity":%d,"updatedAt":"%s"}' "$id" "$sku" "$quantity" "$(date -u +%Y-%m-%dT%H:%M:%SZ)")

# HMAC-SHA256 step by step: openssl would take the key on its command line, where everybody on the machine can read it.
key=$(printf %s "${CATALOG_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
pad() {
  local text= byte i
  for ((i = 0; i < 64; i++)); do
    byte=${key:2*i:2}
    printf -v byte '\\x%02x' $((16#${byte:-0} ^ $1))
    text+=$byte
  done
  printf %b "$text"
}
sha256() { openssl dgst -sha256 -binary; }
signature=$({ pad 0x5c; { pad 0x36; printf %s "$message.$timestamp.$body"; } | sha256; } | sha256 | openssl base64 -A)

# The very same message with every try: what arrives twice counts once. curl waits as Retry-After says.
printf %s "$body" | curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
  --header 'content-type: application/json' \
  --header "webhook-id: $message" \
  --header "webhook-timestamp: $timestamp" \
  --header "webhook-signature: v1,$signature" \
  --data-binary @- \
  "$CATALOG_URL/v1/tenants/$CATALOG_TENANT/suppliers/$CATALOG_SUPPLIER/events"
echo
