import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { sourceFiles } from './floors.ts';

/** Calls of our own parts and of what we release, at addresses that nobody else gives us. */
const OWN_CALLS = [
  'src/access/single-sign-on/issuer.ts',
  'src/cli/doctor/examine.ts',
  'src/cli/send/post-event.ts',
  'src/demo-storefront/catalog-client.ts',
  'src/embedded/temporal-download.ts',
  'src/embedded/temporal.ts',
  'src/start/own-answer.ts',
  'src/start/sample-feed/send-feed.ts',
  'src/telemetry/metrics-server.ts',
];

const CALLS =
  /\bfetch\(|from 'undici'|\bhttps?\.(?:get|request)\(|\b(?:get|request)\b[^;]*\} from 'node:https?'/;

it('whoever calls an address that somebody gave us does it through the outgoing client', () => {
  // The console's calls are the browser's.
  const callers = sourceFiles(projectRoot())
    .filter((file) => !/^(?:bench|src\/console|src\/outgoing)\//.test(file))
    .filter((file) => CALLS.test(readFileSync(path.join(projectRoot(), file), 'utf8')));
  expect(callers.toSorted()).toEqual(OWN_CALLS);
});
