import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../src/config/project-root.ts';
import { findPostgresBinaries } from '../../../src/embedded/postgres-binaries.ts';
import type { BaseImage } from './base-image.ts';

/** PostgreSQL as npm has it, with Debian's clients, and an entry point that does what the real image's does. */
export function postgresImage(name: string): BaseImage {
  return {
    name,
    madeOf: 'PostgreSQL 18.4 from npm',
    packages: ['dash', 'coreutils', 'util-linux', 'postgresql-client', 'libc-bin', 'libstdc++6', 'perl-base'],
    config: [
      'ENV PATH=/opt/postgres/bin:/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'ENV PGDATA=/var/lib/postgresql/18/docker',
      'VOLUME /var/lib/postgresql',
      'STOPSIGNAL SIGINT',
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["postgres"]',
    ],
    async fill(root) {
      const { postgres } = await findPostgresBinaries();
      cpSync(path.dirname(path.dirname(postgres)), path.join(root, 'opt/postgres'), {
        recursive: true,
        verbatimSymlinks: true,
      });
      for (const folder of [
        'var/lib/postgresql',
        'var/run/postgresql',
        'docker-entrypoint-initdb.d',
        'usr/local/bin',
      ])
        mkdirSync(path.join(root, folder), { recursive: true });
      const entry = path.join(root, 'usr/local/bin/docker-entrypoint.sh');
      copyFileSync(path.join(projectRoot(), 'test/deployment/images/postgres-entrypoint.sh'), entry);
      chmodSync(entry, 0o755);
    },
  };
}
