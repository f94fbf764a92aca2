-- A SKU as far as the database can normalize it: without the white space that String.prototype.trim takes away at
-- its ends, and with the letters a to z in upper case.
CREATE OR REPLACE FUNCTION sku_key(p_sku text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT upper(btrim(p_sku, E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff') COLLATE "C")
$$;
