import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { BaseImage } from './base-image.ts';
import { addBusybox } from './temporal-images.ts';

/** Debian's Prometheus, laid out as the real image. */
export function prometheusImage(name: string): BaseImage {
  return {
    name,
    madeOf: "Debian's Prometheus",
    packages: ['busybox-static', 'prometheus'],
    config: ['WORKDIR /prometheus', 'USER 65534', 'VOLUME /prometheus', 'ENTRYPOINT ["/bin/prometheus"]'],
    async fill(root) {
      await addBusybox(root);
      mkdirSync(path.join(root, 'prometheus'), { mode: 0o777 });
      symlinkSync('/usr/bin/prometheus', path.join(root, 'bin/prometheus'));
    },
  };
}
