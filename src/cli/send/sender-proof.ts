import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SenderProof } from '../../schemes/prove.ts';
import { STANDARD, type Scheme, type SchemeKind } from '../../schemes/scheme.ts';
import { takeSecret } from '../../schemes/secrets.ts';
import { CommandError, usageError } from '../errors.ts';
import { readSchemeOption, readText } from '../supplier/scheme-options.ts';

/** Where the secret is looked for without `--secret-file`. Never an argument: those are everybody's to read. */
const SECRET_VARIABLE = 'CATALOG_SECRET';

export interface SenderProofOptions {
  scheme?: string;
  secretFile?: string;
  certificate?: string;
  key?: string;
  certificateHeader?: string;
}

/** A client certificate: shown by TLS with its key, or told in a header as a proxy would tell of it. */
export interface ClientCertificate {
  certificate: X509Certificate;
  by: { key: string } | { header: string };
}

/**
 * By what a sender proves itself, as the options say: the secret comes from a file, from stdin (`-`), or from the
 * environment.
 *
 * @throws CommandError that never quotes the secret
 */
export async function readSenderProof(
  supplier: string,
  options: SenderProofOptions,
): Promise<{ proof: SenderProof; client: ClientCertificate | undefined }> {
  const client = readCertificate(options);
  const scheme = await schemeOf(options, client);
  const secret = scheme.scheme === 'mtls' ? Buffer.alloc(0) : readSecret(scheme.scheme, options.secretFile);
  return { proof: { supplier, scheme, secret }, client };
}

async function schemeOf(
  { scheme: text }: SenderProofOptions,
  client: ClientCertificate | undefined,
): Promise<Scheme> {
  if (text === undefined) return client ? { scheme: 'mtls', certificates: [] } : STANDARD;
  const scheme = await readSchemeOption(text);
  if ((scheme.scheme === 'mtls') === (client !== undefined)) return scheme;
  throw usageError(
    client
      ? `--certificate proves nothing in the scheme ${scheme.scheme}: leave it out, or --scheme.`
      : 'mtls needs --certificate with its file, and --key or --certificate-header.',
  );
}

function readCertificate({
  certificate,
  key,
  certificateHeader: header,
}: SenderProofOptions): ClientCertificate | undefined {
  if (certificate === undefined) {
    if (key === undefined && header === undefined) return undefined;
    throw usageError('--key and --certificate-header need --certificate with its file.');
  }
  if ((key === undefined) === (header === undefined)) {
    throw usageError('--certificate needs one of --key, to show it by TLS, and --certificate-header.');
  }
  const pem = readText(certificate);
  const read = usable('--certificate', () => new X509Certificate(pem));
  if (header !== undefined) return { certificate: read, by: { header } };
  const keyPem = readText(key ?? '');
  usable('--key', () => createPrivateKey(keyPem));
  return { certificate: read, by: { key: keyPem } };
}

function usable<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw usageError(`The file of ${option} is none in PEM without a passphrase (${error.message}).`);
  }
}

function readSecret(kind: SchemeKind, file: string | undefined): Buffer {
  const given = file === undefined ? process.env[SECRET_VARIABLE] : readText(file);
  if (given === undefined || given.trim() === '') {
    throw usageError(`No secret: set ${SECRET_VARIABLE}, or give --secret-file with its file; "-" is stdin.`);
  }
  try {
    return takeSecret(kind, kind === 'standard' ? given.trim() : given).bytes;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CommandError(`The secret cannot be used: ${error.message}.`, 2, { cause: error });
  }
}
