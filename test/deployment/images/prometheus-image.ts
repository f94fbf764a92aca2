import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { BaseImage } from './base-image.ts';
import { addBusybox } from './temporal-images.ts';

/** Debian's Prometheus, laid out as the real image. */
export function prometheusImage(name: string): BaseImage {
  return {
    name,
    madeOf: 'Prometheus of Debian',
    packages: ['busybox-static', 'prometheus'],
    config: [
      'WORKDIR /prometheus',
      'USER 65534:65534',
      'VOLUME /prometheus',
      'ENTRYPOINT ["/bin/prometheus"]',
    ],
    async fill(root) {
      await addBusybox(root);
      mkdirSync(path.join(root, 'prometheus'));
      // Anybody's, whatever mask we run with; the real one is its user's.
      chmodSync(path.join(root, 'prometheus'), 0o777);
      // Debian's own default for its data.
      mkdirSync(path.join(root, 'var/lib/prometheus'), { recursive: true });
      rmSync(path.join(root, 'var/lib/prometheus/metrics2'), { recursive: true, force: true });
      symlinkSync('/prometheus', path.join(root, 'var/lib/prometheus/metrics2'));
      symlinkSync('/usr/bin/prometheus', path.join(root, 'bin/prometheus'));
    },
  };
}
