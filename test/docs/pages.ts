import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';

export interface DocPage {
  /** From the top of the checkout, such as docs/gate.md. */
  file: string;
  text: string;
}

/** README and all of docs/. */
export function docPages(): DocPage[] {
  const inDocs = readdirSync(path.join(projectRoot(), 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return ['README.md', ...inDocs].map((file) => ({
    file,
    text: readFileSync(path.join(projectRoot(), file), 'utf8'),
  }));
}

/** Where a page's links lead that lead to no other host, from the top of the checkout; with what stands behind `#`. */
export function linksOf({ file, text }: DocPage): { to: string; heading: string | undefined }[] {
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)];
  return found
    .map(([, markdown, html]) => String(markdown ?? html))
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [to = '', heading] = link.split('#');
      return { to: to === '' ? file : path.posix.join(path.posix.dirname(file), to), heading };
    });
}

/** The names by which headings can be linked, as GitHub makes them. */
export function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    String(heading)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
