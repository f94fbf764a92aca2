import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/config/project-root.ts';
import { readSettings, SETTING_NAMES } from '../../src/config/settings.ts';

interface Service {
  image?: string;
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  networks?: string[];
  ports?: string[];
  secrets?: string[];
  environment?: Record<string, string>;
  command?: string[];
  volumes?: string[];
  privileged?: boolean;
}

const read = (file: string): string => readFileSync(path.join(projectRoot(), file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'catalog-sync:local');

describe('docker-compose.yml', () => {
  it.each(services)(
    '%s can write nothing but volumes and memory, gains no right, and has its limits',
    (name, one) => {
      // Its entry point writes its configuration beside the template.
      expect(one.read_only).toBe(name !== 'temporal-ui');
      expect(one.tmpfs).toContain('/tmp');
      expect(one.cap_drop).toEqual(['ALL']);
      expect(one.security_opt).toEqual(['no-new-privileges:true']);
      expect(one.privileged).toBeUndefined();
      expect([one.mem_limit, one.cpus, one.pids_limit]).toEqual([
        expect.stringMatching(/^\d+[mg]$/),
        expect.any(Number),
        expect.any(Number),
      ]);
      for (const mounted of one.volumes ?? []) {
        if (mounted.startsWith('./')) expect(mounted).toMatch(/:ro$/);
        expect(mounted).not.toContain('docker.sock');
      }
    },
  );

  it('gives back capabilities to the entry point of PostgreSQL alone', () => {
    expect(services.filter(([, one]) => one.cap_add).map(([name]) => name)).toEqual(['postgres']);
  });

  it('has a network without a way out for PostgreSQL and Temporal, and publishes no port of theirs', () => {
    expect(compose.networks).toMatchObject({ inner: { internal: true }, edge: {} });
    const inner = services.filter(([, { networks }]) => networks?.length === 1 && networks[0] === 'inner');
    expect(inner.map(([name]) => name).toSorted()).toEqual([
      ...['postgres', 'temporal', 'temporal-namespace', 'temporal-schema'],
    ]);
    for (const [name, { ports }] of inner) expect([name, ports]).toEqual([name, undefined]);
    for (const [name, { networks }] of services) {
      expect([name, (networks ?? []).length > 0]).toEqual([name, true]);
      for (const network of networks ?? []) expect(['inner', 'edge']).toContain(network);
    }
    // Who shows something to others reaches neither of them.
    expect(compose.services['demo-storefront']?.networks).toEqual(['edge']);
    expect(compose.services.grafana?.networks).toEqual(['edge']);
  });

  it('publishes on this host only, and of Temporal only pages that change nothing', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => ({ name, port })));
    for (const { port } of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(published.map(({ name }) => name).toSorted()).toEqual([
      ...['demo-storefront', 'grafana', 'prometheus', 'server', 'temporal-ui'],
    ]);
    expect(compose.services['temporal-ui']?.environment).toMatchObject({
      TEMPORAL_DISABLE_WRITE_ACTIONS: 'true',
    });
  });

  it('hands secrets over as files, each to those who need it, and none in an environment', () => {
    for (const [name, { environment = {}, secrets = [] }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|PWD|SECRET|KEY|TOKEN|DATABASE_URL/.test(variable)) continue;
        // The demo's, which are made for it alone.
        if (name === 'demo-storefront') continue;
        expect([name, variable, value]).toEqual([
          name,
          expect.stringMatching(/_FILE$/),
          // The last one's file is for an override of the operator's to hand over.
          expect.stringMatching(/^(\/run\/secrets\/\w+|\$\{OIDC_CLIENT_SECRET_FILE:-\})$/),
        ]);
        if (value.startsWith('/'))
          expect([name, secrets]).toEqual([name, expect.arrayContaining([path.basename(value)])]);
      }
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    }
    for (const [, { secrets }] of ours) {
      expect(secrets).toEqual(
        secrets?.length === 0 ? [] : [expect.stringMatching(/^\w+_database_url$/), 'secrets_key'],
      );
    }
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
    expect(read('.gitignore').split('\n')).toContain('secrets/');
    expect(read('ops/Dockerfile.dockerignore').split('\n')).toContain('*');
  });

  it('has its secrets made by one script, each once, in a folder for its owner alone', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-secrets-'));
    try {
      mkdirSync(path.join(folder, 'ops'));
      copyFileSync(path.join(projectRoot(), 'ops/make-secrets.sh'), path.join(folder, 'ops/make-secrets.sh'));
      const made = (): Record<string, string> => {
        execFileSync('sh', ['ops/make-secrets.sh'], { cwd: folder, stdio: 'ignore' });
        const names = readdirSync(path.join(folder, 'secrets')).toSorted();
        return Object.fromEntries(
          names.map((name) => [name, readFileSync(path.join(folder, 'secrets', name), 'utf8')]),
        );
      };
      const first = made();
      expect(Object.keys(first)).toEqual(Object.keys(compose.secrets).toSorted());
      expect(made()).toEqual(first);
      expect(statSync(path.join(folder, 'secrets')).mode & 0o777).toBe(0o700);
      expect(first.server_database_url).toBe(
        `postgresql://catalog_sync_server:${first.server_db_password}@postgres:5432/catalog_sync`,
      );
      expect(readSettings({ SECRETS_KEYS: first.secrets_key }).SECRETS_KEYS).toBe(first.secrets_key);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names only settings that there are', () => {
    const known = new Set([
      ...SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`]),
      'CATALOG_URL',
      'CATALOG_TOKEN',
      'STOREFRONT_SECRETS',
    ]);
    for (const [name, { environment = {} }] of ours) {
      expect([name, Object.keys(environment).filter((variable) => !known.has(variable))]).toEqual([name, []]);
    }
  });

  it('names an exact version of each image that is not ours', () => {
    for (const [, { image = '' }] of services) expect(image).toMatch(/^[\w./-]+:(?:local|v?\d+[\w.]*)$/);
  });
});

describe('a setting from a file', () => {
  const folder = path.join(projectRoot(), 'prisma');
  it('is what the file holds, without its last line break', () => {
    const file = path.join(folder, 'migrations/migration_lock.toml');
    const { DATA_DIR, given } = readSettings({ DATA_DIR_FILE: file });
    expect(DATA_DIR).toBe(readFileSync(file, 'utf8').replace(/\n$/, ''));
    expect(given.has('DATA_DIR')).toBe(true);
  });

  it('is refused when it is set twice, cannot be read or is wrong, all at once, and quotes no secret', () => {
    const secret = path.join(folder, 'schema.prisma');
    const settings = () =>
      readSettings({
        PORT: '1',
        PORT_FILE: secret,
        SECRETS_KEY_FILE: secret,
        DATABASE_URL_FILE: '/nowhere',
        LOG_LEVEL_FILE: '/dev/null',
      });
    expect(settings).toThrow(
      /PORT_FILE: PORT is set as well.*\n.*DATABASE_URL_FILE: \/nowhere cannot be read \(ENOENT\)/s,
    );
    expect(settings).toThrow(/LOG_LEVEL_FILE: \/dev\/null is empty/);
    expect(settings).toThrow(/SECRETS_KEY: must be 32 bytes/);
    expect(settings).not.toThrow(/model Tenant/);
  });
});
