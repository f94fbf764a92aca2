import { microsOf } from '../../domain/time.ts';
import { certificateHeader, proveRequest, type SenderProof } from '../../schemes/prove.ts';
import { usageError } from '../errors.ts';
import type { SentRequest } from './post-event.ts';
import type { ClientCertificate } from './sender-proof.ts';

/** A delivery as the supplier's own program would send it. @throws CommandError where TLS is needed and is not there */
export function provenRequest(
  url: URL,
  body: string,
  by: { id: string; proof: SenderProof; client: ClientCertificate | undefined },
): SentRequest {
  const at = microsOf(new Date());
  const { headers, secret } = proveRequest(by.proof, Buffer.from(body), { id: by.id, at });
  return {
    ...{ url, body, secret },
    headers: { 'content-type': 'application/json', ...headers, ...told(by.client) },
    certificate: shown(url, by.client),
  };
}

function told(client: ClientCertificate | undefined): Record<string, string> {
  if (!client || !('header' in client.by)) return {};
  return { [client.by.header.toLowerCase()]: certificateHeader(client.certificate) };
}

function shown(url: URL, client: ClientCertificate | undefined): SentRequest['certificate'] {
  if (!client || !('key' in client.by)) return undefined;
  if (url.protocol !== 'https:')
    throw usageError('--key needs an address with https: TLS shows a certificate.');
  return { cert: client.certificate.toString(), key: client.by.key };
}
