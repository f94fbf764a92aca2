import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { projectRoot } from '../../../src/config/project-root.ts';

export const NEXT_SUMMARY = 'told by the next release';

/** What a release may change while workflows run: texts, and the figures of policies. */
const CHANGES: readonly { file: string; from: RegExp; to: string }[] = [
  { file: 'workflows/sync-supplier-event.js', from: /tell the storefront/, to: NEXT_SUMMARY },
  { file: 'workflows/sync-supplier-event.js', from: /summary = `save /, to: 'summary = `keep ' },
  {
    file: 'activities/publish-catalog-item.policy.js',
    from: /maximumInterval: '20s'/,
    to: "maximumInterval: '9s'",
  },
  {
    file: 'activities/publish-catalog-item.policy.js',
    from: /startToCloseTimeout: '20s'/,
    to: "startToCloseTimeout: '25s'",
  },
  {
    file: 'activities/save-catalog-item.policy.js',
    from: /startToCloseTimeout: '4s'/,
    to: "startToCloseTimeout: '5s'",
  },
];

/** Makes the workflows' bundle of a next release from a changed copy of the build. */
export async function nextBundle(): Promise<{ file: string; remove(): Promise<void> }> {
  const root = projectRoot();
  const folder = await mkdtemp(path.join(tmpdir(), 'catalog-sync-next-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const part of ['workflows', 'activities', 'src/domain', 'src/temporal']) {
      await cp(path.join(root, 'dist', part), path.join(folder, part), { recursive: true });
    }
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
    for (const { file, from, to } of CHANGES) {
      const before = await readFile(path.join(folder, file), 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} does not hold ${from.source}`);
      await writeFile(path.join(folder, file), after);
    }
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(folder, 'workflows/index.js'),
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
    });
    const file = path.join(folder, 'workflow-bundle.js');
    await writeFile(file, code);
    return { file, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
