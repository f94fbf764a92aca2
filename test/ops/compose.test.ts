import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/config/project-root.ts';
import { readSettings } from '../../src/config/settings.ts';
import { compose, ours, read, services } from './read-compose.ts';

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

  it('publishes on this host only, and nothing of Temporal, whose pages change nothing', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => ({ name, port })));
    for (const { port } of published) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/);
    expect(published.map(({ name }) => name).toSorted()).toEqual([
      ...['alertmanager', 'demo-storefront', 'grafana', 'prometheus', 'server'],
    ]);
    // Started when it is asked for.
    expect(compose.services['temporal-ui']?.profiles).toEqual(['ui']);
    expect(compose.services['temporal-ui']?.environment).toMatchObject({
      TEMPORAL_DISABLE_WRITE_ACTIONS: 'true',
    });
  });

  it('hands secrets over as files, each to those who need it, and none in an environment', () => {
    for (const [name, { environment = {}, secrets = [] }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|PWD|SECRET|KEY|TOKEN|DATABASE_URL/.test(variable) || variable.endsWith('S_PER_TOKEN'))
          continue;
        // The demo's, which are made for it alone.
        if (name === 'demo-storefront') continue;
        expect([name, variable, value]).toEqual([
          name,
          expect.stringMatching(/_FILE$/),
          expect.stringMatching(/^\/run\/secrets\/\w+$/),
        ]);
        expect([name, secrets]).toEqual([name, expect.arrayContaining([path.basename(value)])]);
      }
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    }
    expect(Object.fromEntries(ours.map(([name, { secrets }]) => [name, secrets]))).toEqual({
      setup: ['setup_database_url', 'secrets_key'],
      worker: ['worker_database_url', 'secrets_key', 'metrics_token'],
      server: ['server_database_url', 'secrets_key', 'metrics_token', 'oidc_client_secret'],
      cli: ['operator_database_url', 'secrets_key'],
      'demo-storefront': [],
    });
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
    expect(read('.gitignore').split('\n')).toContain('/secrets/');
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
      const server = readSettings({
        METRICS_TOKEN_FILE: path.join(folder, 'secrets/metrics_token'),
        OIDC_CLIENT_SECRET_FILE: path.join(folder, 'secrets/oidc_client_secret'),
      });
      expect(server.METRICS_TOKEN).toBe(first.metrics_token);
      // Nobody has written one yet, and whoever has it may.
      expect(server.given.has('OIDC_CLIENT_SECRET')).toBe(false);
      expect(statSync(path.join(folder, 'secrets/oidc_client_secret')).mode & 0o200).toBe(0o200);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names an exact version of each image that is not ours', () => {
    const images = services
      .map(([, { image = '' }]) => image)
      .filter((image) => image !== 'catalog-sync:local');
    const bases = [...read('ops/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image);
    for (const image of [...images, ...bases]) {
      expect(image).toMatch(/^(?:postgres:\d+\.\d+|[\w./-]+:v?\d+\.\d+\.\d+(?:-slim)?)$/);
    }
    expect(new Set(bases).size).toBe(1);
  });

  it("has Prometheus send the metrics' token to those that ask for it", () => {
    const { scrape_configs: scraped } = parse(read('ops/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; authorization?: { credentials_file: string } }[];
    };
    const asking = services.filter(([, { environment }]) => environment?.METRICS_TOKEN_FILE !== undefined);
    expect(asking.map(([name]) => name)).toEqual(['worker', 'server']);
    for (const { job_name: job, authorization } of scraped) {
      const file = asking.some(([name]) => job === `catalog-sync-${name}`)
        ? '/run/secrets/metrics_token'
        : undefined;
      expect([job, authorization?.credentials_file]).toEqual([job, file]);
    }
    expect(compose.services.prometheus?.secrets).toEqual(['metrics_token']);
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
    expect(settings).toThrow(/SECRETS_KEY: does not hold 32 bytes in base64\. Put the right key there/);
    expect(settings).not.toThrow(/model Tenant/);
  });
});
