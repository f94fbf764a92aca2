import { defineConfig } from 'vitest/config';
import { keepScratchInMemory } from './test/support/scratch.ts';

keepScratchInMemory();

const exclude = ['**/node_modules/**', '**/dist/**'];
/** Without PostgreSQL, Temporal and a browser. */
const pure = [
  'test/{domain,standard-webhooks,config,telemetry,outgoing,style,docs}/**',
  'test/feed/{definition,file,guards,mapping}/**',
];
/** Minutes each: `npm run test:long`. */
const long = 'test/**/*.long.test.ts';
const realParts = {
  globalSetup: ['test/support/real-parts.ts'],
  setupFiles: ['test/support/keep-logs-of-failures.ts', 'test/support/allow-loopback.ts'],
};
/**
 * A worker loads the product once, and not for each of its files: that was a third of the processors' time. What a file
 * changes of its process, it puts back.
 */
const sharedModules = { isolate: false };
/** Tests of the whole product wait for leases and time-outs more than for a core. */
const wholeProduct = {
  ...realParts,
  testTimeout: 300_000,
  hookTimeout: 180_000,
  maxWorkers: 3,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          sequence: { groupOrder: 0 },
          include: pure.map((folder) => `${folder}/*.test.ts`),
          exclude,
          ...sharedModules,
          maxWorkers: 3,
          // Properties of thousands of runs, on a machine that does other things as well.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'real parts',
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...pure, 'test/{system,faults}/**', long],
          ...realParts,
          ...sharedModules,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'whole product',
          sequence: { groupOrder: 1 },
          include: ['test/{system,faults}/**/*.test.ts'],
          exclude: [...exclude, long],
          ...wholeProduct,
        },
      },
      {
        test: {
          name: 'long',
          sequence: { groupOrder: 2 },
          include: [long],
          exclude,
          ...wholeProduct,
          // Most of their time is waited.
          maxWorkers: 4,
        },
      },
    ],
  },
});
