-- A SKU as far as the database can normalize it: without characters that nobody sees, composed (NFC), without the white
-- space that String.prototype.trim takes away at its ends, and with the letters a to z in upper case.
CREATE OR REPLACE FUNCTION sku_key(p_sku text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    -- ASCII: the usual case, quickly.
    WHEN octet_length(p_sku) = char_length(p_sku) THEN upper(btrim(p_sku, E' \t\n\u000b\f\r') COLLATE "C")
    ELSE normalize(upper(btrim(normalize(translate(p_sku, E'\u00ad\u200b\u200c\u200d\u2060\ufeff', ''), NFC),
                               E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000')
                         COLLATE "C"), NFC)
    END
$$;
