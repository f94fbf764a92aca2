import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { cacheDir } from '../../../src/embedded/cache-dir.ts';
import { findTemporalCli } from '../../../src/embedded/temporal-cli.ts';
import { run } from '../engine/run.ts';
import type { BaseImage } from './base-image.ts';
import { goProgram, goSources } from './go-program.ts';

const SERVER = 'go.temporal.io/server';
const UI = 'github.com/temporalio/ui-server/v2';
/** The real images are Alpine's: busybox is their shell, too, there is a `getent`, and its `nc` knows `-z`. */
const LIKE_ALPINE = ['busybox-static', 'libc-bin', 'netcat-openbsd'];

const versionOf = (image: string): string => `v${image.slice(image.indexOf(':') + 1)}`;

/** What an image of Temporal's server, and one of its tools, of this tag are made of: programs and files. */
export async function temporalParts(image: string, cache: string) {
  const version = versionOf(image);
  const program = (name: string) => goProgram(cache, { package: `${SERVER}/cmd/${name}`, version });
  return {
    server: await program('server'),
    sqlTool: await program('tools/sql'),
    schema: schemaOf(version, cache),
  };
}

const schemaOf = (version: string, cache: string): string =>
  path.join(goSources(cache, SERVER, version), 'schema');

/** Temporal's server with its own entry point and configuration. */
export function temporalServerImage(name: string, cache: string): BaseImage {
  const version = versionOf(name);
  return {
    name,
    madeOf: `Temporal ${version} from its Go module`,
    packages: LIKE_ALPINE,
    config: ['WORKDIR /etc/temporal', 'USER 1000', 'CMD ["/etc/temporal/entrypoint.sh"]'],
    async fill(root) {
      await addBusybox(root);
      addProgram(
        root,
        await goProgram(cache, { package: `${SERVER}/cmd/server`, version }),
        'temporal-server',
      );
      mkdirSync(path.join(root, 'etc/temporal/config/dynamicconfig'), { recursive: true });
      const entry = path.join(root, 'etc/temporal/entrypoint.sh');
      copyFileSync(path.join(goSources(cache, SERVER, version), 'docker/scripts/sh/entrypoint.sh'), entry);
      chmodSync(entry, 0o755);
    },
  };
}

/** Its command line, its tool for schemas, and the schemas. */
export function temporalAdminImage(name: string, cache: string): BaseImage {
  const version = versionOf(name);
  return {
    name,
    madeOf: `Temporal ${version} from its Go module, CLI from PyPI`,
    packages: LIKE_ALPINE,
    config: ['USER 1000', 'CMD ["sh"]'],
    async fill(root) {
      await addBusybox(root);
      addProgram(
        root,
        await goProgram(cache, { package: `${SERVER}/cmd/tools/sql`, version }),
        'temporal-sql-tool',
      );
      const { command } = await findTemporalCli({ cacheDir: cacheDir(), log: () => undefined });
      if (!path.isAbsolute(command))
        throw new Error(`the image needs a copy of the Temporal CLI: ${command} is on the PATH`);
      addProgram(root, command, 'temporal');
      cpSync(schemaOf(version, cache), path.join(root, 'etc/temporal/schema'), { recursive: true });
    },
  };
}

/** Its Web UI. The template of its configuration is one that the server itself fills in. */
export function temporalUiImage(name: string, cache: string): BaseImage {
  const version = versionOf(name);
  return {
    name,
    madeOf: `Temporal UI ${version} from its Go module`,
    packages: [...LIKE_ALPINE, 'bash'],
    config: ['WORKDIR /home/ui-server', 'USER 1000', 'EXPOSE 8080', 'ENTRYPOINT ["./start-ui-server.sh"]'],
    async fill(root) {
      await addBusybox(root);
      const home = path.join(root, 'home/ui-server');
      mkdirSync(path.join(home, 'config'), { recursive: true });
      copyFileSync(
        await goProgram(cache, { package: `${UI}/cmd/server`, version }),
        path.join(home, 'ui-server'),
      );
      const sources = goSources(cache, UI, version);
      copyFileSync(path.join(sources, 'config/docker.yaml'), path.join(home, 'config/docker.yaml'));
      copyFileSync(path.join(sources, 'docker/start-ui-server.sh'), path.join(home, 'start-ui-server.sh'));
      for (const file of ['ui-server', 'start-ui-server.sh']) chmodSync(path.join(home, file), 0o755);
    },
  };
}

/** Links for what Debian's packages do not bring. */
export async function addBusybox(root: string): Promise<void> {
  await run('chroot', [root, '/bin/busybox', '--install', '-s'], { withinMs: 30_000 });
  // Debian names it by a link that its scripts make.
  const netcat = path.join(root, 'bin/nc.openbsd');
  if (existsSync(netcat)) addProgram(root, netcat, 'nc');
}

function addProgram(root: string, program: string, name: string): void {
  const folder = path.join(root, 'usr/local/bin');
  mkdirSync(folder, { recursive: true });
  copyFileSync(program, path.join(folder, name));
  chmodSync(path.join(folder, name), 0o755);
}
