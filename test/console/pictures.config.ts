import { defineConfig } from 'vitest/config';

/** `npm run pictures`: takes the pictures in docs/screenshots anew. */
export default defineConfig({
  test: {
    include: ['test/console/take-pictures.ts'],
    globalSetup: ['test/support/real-parts.ts'],
    setupFiles: ['test/support/allow-loopback.ts'],
    hookTimeout: 120_000,
  },
});
