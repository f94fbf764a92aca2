import { once } from 'node:events';
import net from 'node:net';
import type { Settings } from '../config/settings.ts';
import { loopback } from '../process/ports.ts';

const NAMES = [
  'PORT',
  'STOREFRONT_PORT',
  'METRICS_PORT',
  'TEMPORAL_PORT',
  'TEMPORAL_UI_PORT',
  'POSTGRES_PORT',
] as const;
type Name = (typeof NAMES)[number];

/** Ports that were asked for, held until the part that listens there is about to start. */
export interface HeldPorts {
  letGo(...names: Name[]): Promise<void>;
}

/**
 * Takes the ports that were asked for at once: until its part starts, some seconds later, each could become that of
 * another part, which takes any that the system has. One that is taken already is left to its part to complain of.
 */
export async function holdPorts(settings: Settings): Promise<HeldPorts> {
  const held = new Map<Name, net.Server>();
  for (const name of NAMES) {
    const port = settings.given.has(name) ? settings[name] : undefined;
    if (port === undefined || port === 0) continue;
    const host =
      name === 'PORT' || name === 'STOREFRONT_PORT' || name === 'METRICS_PORT' ? settings.HOST : loopback;
    const server = net.createServer((socket) => socket.destroy());
    // Nothing that still holds a port keeps this process alive.
    server.unref();
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
      held.set(name, server);
    } catch {
      server.close();
    }
  }
  return {
    letGo: async (...names) => {
      for (const name of names) {
        const server = held.get(name);
        held.delete(name);
        if (server) await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
