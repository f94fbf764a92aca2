import { fileURLToPath } from 'node:url';

/** The workflows' bundle that the build made: `dist/workflow-bundle.js`, seen from the sources or from `dist` itself. */
export function workflowBundlePath(): string {
  const here = import.meta.url;
  return fileURLToPath(
    new URL(here.endsWith('.ts') ? '../../dist/workflow-bundle.js' : '../../workflow-bundle.js', here),
  );
}
