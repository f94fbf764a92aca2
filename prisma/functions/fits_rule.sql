-- Whether a SKU is one of a supplier's rule, as far as the database can tell: null where its regular expressions and RE2
-- (src/sku-rule) could differ, or where a rule could be too much for them. What it takes is characters, classes, groups
-- and branches, as nearly every rule is made of, and SKUs in ASCII. It is asked for every event of a day: the rule that
-- suppliers have unless told otherwise is not looked through each time.
CREATE OR REPLACE FUNCTION fits_rule(p_pattern text, p_sku text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN octet_length(p_sku) <> length(p_sku) OR strpos(p_sku, E'\n') > 0 THEN NULL
    WHEN p_pattern = '[A-Z0-9][A-Z0-9._-]{0,63}' OR p_pattern COLLATE "C" ~ '^\^?(?:(?:[A-Za-z0-9_.-]|\\[dw./-]|\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9._/])+-?\])(?:[?*+]|\{[0-9]{1,2}(?:,(?:[0-9]{1,2})?)?\})?|\((?:\?:)?|\)[?*+]?|\|)+\$?$'
      THEN p_sku COLLATE "C" ~ ('^(?:' || p_pattern || ')$')
    END
$$;
