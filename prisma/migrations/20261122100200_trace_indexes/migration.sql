-- What a trace looks for, so that it stays quick beside a hundred thousand events, deliveries or rejections.

-- DropIndex
DROP INDEX "duplicate_delivery_seq_idx";

-- CreateIndex
CREATE INDEX "duplicate_delivery_seq_id_idx" ON "duplicate_delivery"("seq", "id");

-- A SKU as far as the database can normalize it: without the white space that String.prototype.trim takes away at
-- its ends, and with the letters a to z in upper case.
CREATE FUNCTION sku_key(p_sku text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN upper(btrim(p_sku, E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff') COLLATE "C");

-- Rejected events have no item, so they are found by their SKU, as it arrived and as it was meant.
CREATE INDEX supplier_event_rejected_sku ON supplier_event (tenant_id, sku, seq) WHERE decision = 'rejected';
CREATE INDEX supplier_event_rejected_sku_key ON supplier_event (tenant_id, sku_key(sku)) WHERE decision = 'rejected';
