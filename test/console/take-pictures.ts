import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { answerGate, openConsole, settled } from './console.ts';
import { watching } from './gate-answers.ts';
import { fillPages, LOOKS } from './pages.ts';

const FOLDER = path.join(projectRoot(), 'docs', 'screenshots');

/** For people who want to look: each page in each look. Not among the tests; docs/console.md has the command. */
it('takes a picture of each page in each look', { timeout: 600_000 }, async () => {
  mkdirSync(FOLDER, { recursive: true });
  const console_ = await openConsole();
  try {
    const pages = await fillPages(console_);
    for (const { name: look, theme, size } of LOOKS) {
      const file = (name: string): string => path.join(FOLDER, `${name}-${look}.png`);
      const visitor = await console_.visit({ theme, size });
      await visitor.goto('/');
      await visitor.getByLabel('API token').waitFor();
      await visitor.screenshot({ path: file('sign-in'), fullPage: true });
      await visitor.context().close();

      const page: Page = await console_.signedIn({ theme, size });
      let gate: () => unknown = watching;
      await answerGate(page, () => gate());
      for (const shown of pages) {
        gate = shown.gate ?? watching;
        await page.goto(shown.address);
        await shown.ready(page);
        await settled(page);
        // A dialog stands above what is on the screen, not above the whole page.
        await page.screenshot({ path: file(shown.name), fullPage: shown.name !== 'rollback' });
      }
      await page.context().close();
    }
    expect(pages.length).toBeGreaterThan(10);
  } finally {
    await console_.close();
  }
});
