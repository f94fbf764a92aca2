import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { workflowBundlePath } from '../worker/workflow-bundle.ts';

/** Part of the build: a worker that bundled at its start would take seconds longer to be there. */
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../../workflows/index.js', import.meta.url)),
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
});
await writeFile(workflowBundlePath(), code);
