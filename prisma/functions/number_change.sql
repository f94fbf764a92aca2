-- Gives a new version its place in the change feed: the number of its transaction. Transactions end in another order than
-- they begin, so a reader goes no further than the oldest one that is still open, behind which nothing can come any more.
-- An item's versions keep their order, also where a transaction waited for one that began after it: it takes that one's
-- number, which nobody reads before both have ended. A row that brings a number is a restored one.
CREATE OR REPLACE FUNCTION number_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  NEW.change_no := greatest(
    pg_current_xact_id()::text::bigint + (SELECT h.change_base FROM ledger_home h),
    (SELECT v.change_no FROM catalog_item_version v WHERE v.item_id = NEW.item_id ORDER BY v.version DESC LIMIT 1));
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER catalog_item_version_change BEFORE INSERT ON catalog_item_version
  FOR EACH ROW WHEN ((NEW.change_no = 0)) EXECUTE FUNCTION number_change();
