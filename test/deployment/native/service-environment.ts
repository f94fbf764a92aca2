import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compose } from '../../ops/read-compose.ts';

const REFERENCE = /\$\{\w+:-([^}]*)\}/g;

/**
 * The environment that docker-compose.yml gives a service when nothing is chosen.
 *
 * @param secrets the folder that ops/make-secrets.sh has filled; it stands for /run/secrets
 * @param places what is elsewhere than in a container
 */
export function serviceEnvironment(
  service: string,
  secrets: string,
  places: Record<string, string>,
): Record<string, string> {
  const { environment = {} } = compose.services[service] ?? {};
  const filled = Object.entries(environment).map(([name, value]): [string, string] => [
    name,
    value.replace(REFERENCE, '$1').replace('/run/secrets', secrets),
  ]);
  return { ...Object.fromEntries(filled), ...places };
}

/** Addresses in the secrets lead to a container: lets them lead to a port of this machine. */
export function secretUrl(secrets: string, name: string, port: number): string {
  const url = readFileSync(path.join(secrets, name), 'utf8');
  return url.replace('@postgres:5432/', `@127.0.0.1:${port}/`);
}
