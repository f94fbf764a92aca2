import { describe, expect, it } from 'vitest';
import { readSettings, SETTING_NAMES } from '../../src/config/settings.ts';
import { compose, ours, read, services } from './read-compose.ts';

/** What docker-compose.yml does not pass on, and why. */
const LEFT_OUT: Record<string, string> = {
  POSTGRES_PORT: 'is for the PostgreSQL of start',
  TEMPORAL_PORT: 'is for the Temporal of start',
  TEMPORAL_UI_PORT: 'is for the Temporal of start',
  DATA_DIR: 'containers keep nothing but archives',
  SECRETS_KEY: 'SECRETS_KEYS is handed over',
  STOREFRONT_URL: 'each tenant has a storefront of its own',
  STOREFRONT_SECRET: 'each tenant has a storefront of its own',
  STOREFRONT_SECRET_BEFORE: 'each tenant has a storefront of its own',
  OTEL_EXPORTER_OTLP_HEADERS: 'is a secret, which a collector beside the containers does not ask for',
  FEED_FOLDER: 'whoever reads folders mounts them, and names the one',
  FEED_SSH_FOLDER: 'whoever has files of keys mounts them, and names their folder',
};

/** What the demo storefront reads besides. */
const OF_DEMO = ['CATALOG_URL', 'CATALOG_TOKEN', 'STOREFRONT_SECRETS'];

const REFERENCE = /^\$\{(\w+):-(.*)\}$/;
const environments = ours.map(([, { environment = {} }]) => environment);
const referred = environments.flatMap((environment) =>
  Object.entries(environment).flatMap(([name, value]) => {
    const variable = REFERENCE.exec(value)?.[1];
    return variable === undefined ? [] : [{ name, variable }];
  }),
);

describe('the settings of docker-compose.yml', () => {
  it('are all that there are, but for those that have a reason', () => {
    const passed = new Set(
      environments.flatMap((environment) =>
        Object.keys(environment).map((name) => name.replace(/_FILE$/, '')),
      ),
    );
    expect(SETTING_NAMES.filter((name) => !passed.has(name)).toSorted()).toEqual(
      Object.keys(LEFT_OUT).toSorted(),
    );
    expect([...passed].filter((name) => !SETTING_NAMES.includes(name)).toSorted()).toEqual(
      OF_DEMO.toSorted(),
    );
  });

  it('come from variables of the same name, each of which ops/example.env lists', () => {
    const listed = [...read('ops/example.env').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const ports = services.flatMap(([, service]) =>
      (service.ports ?? []).map((port) => /\$\{(\w+):-/.exec(port)?.[1]),
    );
    expect(new Set(listed)).toEqual(new Set([...referred.map(({ variable }) => variable), ...ports]));
    const renamed = referred.filter(({ name, variable }) => name !== variable);
    expect(renamed).toEqual([{ name: 'CATALOG_TOKEN', variable: 'STOREFRONT_CATALOG_TOKEN' }]);
  });

  it('can be read where none is chosen, and mean what they mean without any', () => {
    const { server, worker } = compose.services;
    const environment = { ...server?.environment, ...worker?.environment };
    const chosen = Object.entries(environment)
      .filter(([name]) => !name.endsWith('_FILE'))
      .map(([name, value]) => [name, value.replace(REFERENCE, '$2')]);
    const settings = readSettings(Object.fromEntries(chosen) as Record<string, string>);
    const usual = readSettings({});
    const unset = SETTING_NAMES.filter((name) => !settings.given.has(name)) as (keyof typeof usual)[];
    expect(unset).toEqual(
      expect.arrayContaining(['TRUST_PROXY', 'OIDC_SCOPES', 'FOUR_EYES', 'TEMPORAL_WORKER_BUILD_ID']),
    );
    for (const name of unset) expect([name, settings[name]]).toEqual([name, usual[name]]);
  });
});
