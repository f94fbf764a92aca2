import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { Guard } from './guard.ts';

/**
 * Connects to what the guard lets through. The very addresses that were judged are those connected to: a name that
 * changes between two look-ups changes nothing, because there is only one.
 */
export function guardedConnector(guard: Guard): buildConnector.connector {
  const connectors = {
    'http:': buildConnector({ lookup: lookupOf(guard, 'http:') }),
    'https:': buildConnector({ lookup: lookupOf(guard, 'https:') }),
  };
  return (options, callback) => {
    const { hostname } = options;
    const protocol = options.protocol === 'https:' ? 'https:' : 'http:';
    // No look-up is made of an address.
    const refusal = guard.refusalOfLiteral(protocol, hostname);
    if (refusal) {
      queueMicrotask(() => callback(refusal, null));
      return;
    }
    connectors[protocol](options, (...result) => {
      const [error, socket] = result;
      if (error) return callback(...result);
      // Last, whatever was asked for: where the connection really leads. Nothing of the request is sent yet.
      const elsewhere = guard.refusalOf(protocol, socket.remoteAddress ?? '', hostname);
      if (!elsewhere) return callback(null, socket);
      socket.destroy();
      callback(elsewhere, null);
    });
  };
}

/** Look-ups that find only what may be called. */
export function lookupOf(guard: Guard, protocol: string): LookupFunction {
  return (hostname, options, callback) => {
    const connect = (addresses: LookupAddress[]): void => {
      const [first] = addresses;
      if (!first) return callback(new Error(`${hostname} has no address`), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    guard.resolve(protocol, hostname).then(connect, (error: Error) => callback(error, []));
  };
}
