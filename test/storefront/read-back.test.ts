import { describe, expect, it } from 'vitest';
import { readBack } from '../../src/storefront/read-back.ts';
import { serve } from './http-stub.ts';

const itemId = 'canary:A/B ?#%25&ü';

describe('a read-back', () => {
  it('asks for the item with its id as one encoded segment', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end('{"quantity": 4, "version": 9, "more": true}');
    });
    expect(await readBack({ storefrontUrl: `${url}/eu/`, itemId, timeoutMs: 5_000 })).toEqual({
      quantity: 4,
      version: 9,
    });
    expect(asked).toEqual([`/eu/items/${encodeURIComponent(itemId)}`]);
  });

  it('is undefined for an item that the storefront does not know', async () => {
    const storefrontUrl = await serve((_request, response) => void response.writeHead(404).end('no'));
    expect(await readBack({ storefrontUrl, itemId, timeoutMs: 5_000 })).toBeUndefined();
  });

  it.each([
    [200, '', 'not {"quantity", "version"}'],
    [200, '{"quantity": 1.5, "version": 1}', 'not {"quantity", "version"}'],
    [200, ' '.repeat(70_000), 'not {"quantity", "version"}'],
    [204, '', 'HTTP 204'],
    [302, '', 'HTTP 302'],
    [500, '{"quantity": 1, "version": 1}', 'HTTP 500'],
  ])('fails for HTTP %i with %.40j', async (status, body, message) => {
    const storefrontUrl = await serve(
      (_request, response) => void response.writeHead(status, { location: '/' }).end(body),
    );
    await expect(readBack({ storefrontUrl, itemId, timeoutMs: 5_000 })).rejects.toThrow(message);
  });

  it('fails when there is no answer in time, or no address', async () => {
    const storefrontUrl = await serve(() => undefined);
    await expect(readBack({ storefrontUrl, itemId, timeoutMs: 50 })).rejects.toThrow(
      'no answer within 50 ms',
    );
    await expect(readBack({ storefrontUrl: 'nowhere', itemId, timeoutMs: 50 })).rejects.toThrow(
      'read back item',
    );
  });
});
