-- Takes those indexes off Temporal's list of workflows that nobody here looks anything up by: each workflow is written into all of
-- its 73 twice. What is kept: its order, one workflow, what runs, its type, our search attributes (its first keyword columns) and
-- what schedules and versions are found by. Anything else is still found, by going through a namespace's list.
-- Run as its owner, in the database temporal_visibility, again after each update of Temporal's schema, which may make new ones:
--   docker compose exec -T postgres psql --username temporal --dbname temporal_visibility < ops/temporal/lean-visibility.sql
DO $$
DECLARE
  index_name text;
BEGIN
  FOR index_name IN
    SELECT indexrelid::regclass::text
      FROM pg_index
     WHERE indrelid = 'executions_visibility'::regclass AND NOT indisprimary
       AND indexrelid::regclass::text <> ALL (ARRAY[
         'default_idx', 'by_workflow_id', 'by_workflow_type', 'by_status',
         'by_keyword_01', 'by_keyword_02', 'by_keyword_03', 'by_keyword_04', 'by_keyword_05',
         'by_temporal_scheduled_by_id', 'by_temporal_namespace_division', 'by_build_ids',
         'by_temporal_worker_deployment_version', 'by_temporal_worker_deployment'])
  LOOP
    EXECUTE format('DROP INDEX %s', index_name);
  END LOOP;
END
$$;
