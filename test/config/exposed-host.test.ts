import { describe, expect, it } from 'vitest';
import { exposureWarning } from '../../src/config/exposed-host.ts';

describe('a HOST', () => {
  it.each(['127.0.0.1', '127.0.0.2', '::1', '[::1]', 'localhost', 'LOCALHOST'])(
    'of this machine alone: %s',
    (host) => {
      expect(exposureWarning({ HOST: host })).toBeUndefined();
    },
  );

  it.each(['0.0.0.0', '::', '192.168.1.5', 'shop.example.com', '127.example.com', '2001:db8::1'])(
    'that others reach is warned of, with what to do: %s',
    (host) => expect(exposureWarning({ HOST: host })).toMatch(/without TLS.*PUBLIC_URL.*METRICS_TOKEN/),
  );

  it('is warned of behind a proxy with TLS too, because its plain port is open beside the proxy', () => {
    const behind = exposureWarning({ HOST: '0.0.0.0', PUBLIC_URL: 'https://sync.example.com' });
    expect(behind).toMatch(/without TLS\. Let nobody reach it but the proxy/);
    expect(behind).not.toMatch(/Put a proxy/);
    expect(exposureWarning({ HOST: '0.0.0.0', PUBLIC_URL: 'http://sync.example.com' })).toMatch(
      /Put a proxy/,
    );
    expect(exposureWarning({ HOST: '127.0.0.1', PUBLIC_URL: 'https://sync.example.com' })).toBeUndefined();
  });
});
