-- By what a supplier's code is known among its aliases: as a SKU is (see sku_key); a GTIN in any length, with or without
-- its leading zeros, as GTIN-14. Digits are a GTIN where there are 8 to 14 of them and the last checks the others.
-- src/domain/sku-alias.ts says the same.
CREATE OR REPLACE FUNCTION code_key(p_code text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN k.key ~ '^[0-9]{8,14}$'
         AND (SELECT sum(substr(lpad(k.key, 14, '0'), i, 1)::integer * CASE i % 2 WHEN 1 THEN 3 ELSE 1 END) % 10
                FROM generate_series(1, 14) i) = 0
      THEN lpad(k.key, 14, '0')
    ELSE k.key END
    FROM (SELECT sku_key(p_code) AS key) k
$$;
