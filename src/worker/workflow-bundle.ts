import { fileURLToPath } from 'node:url';

/**
 * The workflows' bundle that the build made: `dist/workflow-bundle.js`, or the one whose failures can be encrypted; seen
 * from the sources or from `dist` itself.
 */
export function workflowBundlePath(encodesFailures = false): string {
  return built(encodesFailures ? 'workflow-bundle-encrypted.js' : 'workflow-bundle.js');
}

/** What makes failures such that they can be encrypted. */
export function failureConverterPath(): string {
  return built('workflows/failure-converter.js');
}

/** A file of the build, seen from the sources or from `dist` itself. */
export function built(file: string): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? `../../dist/${file}` : `../../${file}`, here));
}
