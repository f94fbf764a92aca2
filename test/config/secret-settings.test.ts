import { describe, expect, it } from 'vitest';
import { SECRET_SETTINGS, withoutSecrets } from '../../src/config/secret-settings.ts';
import { SETTING_NAMES } from '../../src/config/settings.ts';

describe('the settings that are secret', () => {
  it('are settings, and all whose names say so', () => {
    expect(SETTING_NAMES).toEqual(expect.arrayContaining([...SECRET_SETTINGS]));
    const named = SETTING_NAMES.filter((name) =>
      /SECRET|KEY|PASSWORD|DATABASE_URL|OTLP_HEADERS|^(?!READS_PER|STREAMS_PER).*TOKEN/.test(name),
    );
    expect(named.toSorted()).toEqual([...SECRET_SETTINGS].toSorted());
  });

  it('are left out of the environment of a program that does not need them', () => {
    const environment = {
      PATH: '/bin',
      DATABASE_URL: 'postgresql://me:hidden@host/db',
      SECRETS_KEYS_FILE: '/run/secrets/keys',
      METRICS_TOKEN: 'hidden',
      TEMPORAL_API_KEY: 'hidden',
      READS_PER_TOKEN: '2',
    };
    expect(withoutSecrets(environment)).toEqual({ PATH: '/bin', READS_PER_TOKEN: '2' });
    expect(withoutSecrets(environment, ['METRICS_TOKEN', 'TEMPORAL_API_KEY', 'SECRETS_KEYS'])).toEqual({
      PATH: '/bin',
      READS_PER_TOKEN: '2',
      METRICS_TOKEN: 'hidden',
      TEMPORAL_API_KEY: 'hidden',
      SECRETS_KEYS_FILE: '/run/secrets/keys',
    });
  });
});
