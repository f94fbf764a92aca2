import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { failureConverterPath, workflowBundlePath } from './workflow-bundle.ts';

const built = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Part of the build: a worker that bundled at its start would take seconds longer to be there. */
for (const encodesFailures of [false, true]) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: built('workflows/index.js'),
    // Evaluated once for all workflows instead of once for each. Only what keeps no state may be here.
    preloadModules: [built('workflows/short-stacks.js'), '@temporalio/workflow', built('workflows/index.js')],
    ...(encodesFailures && { failureConverterPath: failureConverterPath() }),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
  });
  await writeFile(workflowBundlePath(encodesFailures), code);
}
