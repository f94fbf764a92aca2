import { InvalidArgumentError, type Command } from 'commander';
import { withContext } from '../context.ts';
import { usageError } from '../errors.ts';
import { nameValue } from '../option-values.ts';
import { note, print, printJson, wantsJson } from '../output.ts';
import type { SenderProofOptions } from '../send/sender-proof.ts';
import { schemeOption } from '../supplier/scheme-options.ts';

interface SendOptions extends SenderProofOptions {
  url?: string;
  tenant: string;
  supplier: string;
  sku: string;
  quantity: number;
  updatedAt?: string;
  location?: string;
  id?: string;
}

export function register(program: Command): void {
  schemeOption(program.command('send'))
    .description('send one event over HTTP, proved by a scheme, and say what the answer means')
    .option('--url <url>', 'where the server is (default: the one of this machine)')
    .requiredOption('--tenant <tenant>', 'the tenant', nameValue)
    .requiredOption('--supplier <supplier>', 'the supplier that signs', nameValue)
    .option('--secret-file <file>', 'the secret; "-" reads stdin (default: CATALOG_SECRET)')
    .option('--certificate <file>', 'the client certificate of mtls, in PEM')
    .option('--key <file>', 'its key, in PEM: shows the certificate by TLS')
    .option('--certificate-header <name>', 'tells of it in this header instead, as a proxy does')
    .requiredOption('--sku <sku>', 'the item')
    .requiredOption('--quantity <number>', 'how many there are', quantityValue)
    .option('--updated-at <time>', 'when the figure was taken (default: now)')
    .option('--location <name>', 'the warehouse or shop')
    .option('--id <id>', 'names the event (default: a new one)')
    .addHelpText(
      'after',
      `
It is an event like any other: where the tenant is open, it may change the
shop. What is sent is not judged here, so that the server's answer can be seen.
The secret is no option, because everybody on the machine can read those.
What is sent is shown on stderr, without what is secret. Exits with 1 when the
event was not taken.

Examples:
  $ catalog-sync send --tenant canary --supplier acme --secret-file acme.key \\
      --sku CHAIR-01 --quantity 5
  $ catalog-sync send --url https://sync.example.com --tenant canary \\
      --supplier acme --scheme github --sku CHAIR-01 --quantity 5
  $ catalog-sync send --url https://sync.example.com --tenant canary \\
      --supplier acme --certificate acme.pem --key acme.key \\
      --sku CHAIR-01 --quantity 5`,
    )
    .action(async (options: SendOptions, command: Command) => {
      await withContext(({ apiUrl }) => send(options.url ?? apiUrl, options, wantsJson(command)));
    });
}

async function send(base: string, options: SendOptions, json: boolean): Promise<void> {
  const { addressBelow } = await import('../../storefront/address.ts');
  const { readSenderProof } = await import('../send/sender-proof.ts');
  const { provenRequest } = await import('../send/proven-request.ts');
  const { postEvent } = await import('../send/post-event.ts');
  const { answerInWords, isIn } = await import('../send/tell-answer.ts');
  const { requestAsJson, requestInWords } = await import('../send/tell-request.ts');
  const { randomUUID } = await import('node:crypto');

  const { tenant, supplier, sku, quantity, location } = options;
  const url = addressBelow(base, 'v1', 'tenants', tenant, 'suppliers', supplier, 'events');
  if (!url) throw usageError('--url has to be an http(s) address without user and password.');
  const { proof, client } = await readSenderProof(supplier, options);
  const id = options.id ?? `send-${randomUUID()}`;
  const updatedAt = options.updatedAt ?? new Date().toISOString();
  const body = JSON.stringify({ id, sku, quantity, updatedAt, ...(location !== undefined && { location }) });
  // Of its own: an event's id may hold what a message's may not.
  const request = provenRequest(url, body, { id: `msg-${randomUUID()}`, proof, client });
  if (!json) note(requestInWords(request));
  const answer = await postEvent(request);
  if (json) printJson({ eventId: id, request: requestAsJson(request), ...answer });
  else print(answerInWords(answer));
  if (!isIn(answer)) process.exitCode = 1;
}

/** Any number: whether it is whole is for the server to say. */
function quantityValue(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It has to be a number.');
  return value;
}
