import { fileURLToPath } from 'node:url';

/** A bundle of the workflows: whether its failures can be encrypted, and whether it is for workers with a build id. */
export interface WorkflowBundle {
  encodesFailures: boolean;
  versioned: boolean;
}

/** Those that the build makes. */
export const BUNDLES: readonly WorkflowBundle[] = [
  { encodesFailures: false, versioned: false },
  { encodesFailures: true, versioned: false },
  { encodesFailures: false, versioned: true },
  { encodesFailures: true, versioned: true },
];

/** A bundle that the build made: `dist/workflow-bundle.js` and its kin; seen from the sources or from `dist` itself. */
export function workflowBundlePath({ encodesFailures, versioned }: Partial<WorkflowBundle> = {}): string {
  return built(`workflow-bundle${encodesFailures ? '-encrypted' : ''}${versioned ? '-versioned' : ''}.js`);
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
