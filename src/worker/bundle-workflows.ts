import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { BUNDLES, failureConverterPath, workflowBundlePath } from './workflow-bundle.ts';

const built = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Part of the build: a worker that bundled at its start would take seconds longer to be there. */
for (const bundle of BUNDLES) {
  const entry = built(bundle.versioned ? 'workflows/versioned.js' : 'workflows/index.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    // Evaluated once for all workflows instead of once for each. Only what keeps no state may be here.
    preloadModules: [
      built('workflows/short-stacks.js'),
      '@temporalio/workflow',
      built('workflows/no-debug-lines.js'),
      entry,
    ],
    ...(bundle.encodesFailures && { failureConverterPath: failureConverterPath() }),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
  });
  await writeFile(workflowBundlePath(bundle), code);
}
