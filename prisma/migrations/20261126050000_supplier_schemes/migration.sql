-- How a supplier's deliveries prove who sent them, without the secrets; null: Standard Webhooks.
ALTER TABLE "supplier" ADD COLUMN "scheme" JSONB;
ALTER TABLE "supplier" ADD CONSTRAINT supplier_scheme_known
  CHECK (scheme IS NULL OR coalesce(scheme ->> 'scheme', '') IN ('hmac', 'basic', 'bearer', 'mtls'));
