import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

let bundles: Promise<{ ceiling: string; textbook: string }> | undefined;

/** The files with the workflows of `ceiling` and `textbook`, bundled once a run: the product ships a bundle too. */
export function workflowBundles(folder: string): Promise<{ ceiling: string; textbook: string }> {
  bundles ??= (async () => ({
    ceiling: await bundle(folder, 'ceiling'),
    textbook: await bundle(folder, 'textbook'),
  }))();
  return bundles;
}

async function bundle(folder: string, name: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(import.meta.dirname, `${name}-workflow.ts`),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
  });
  const file = path.join(folder, `${name}-workflow.js`);
  await writeFile(file, code);
  return file;
}
