-- supplier_event_without_item holds the same rows by the same key, beside those that wait.
DROP INDEX supplier_event_rejected_sku_key;
