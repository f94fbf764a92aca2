import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** For tests of the tests' own: with what keeps logs, and without parts. */
export default defineConfig({
  test: {
    include: ['*.test.ts'],
    setupFiles: [path.join(import.meta.dirname, 'keep-logs-of-failures.ts')],
  },
});
