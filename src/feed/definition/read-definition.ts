import type { z } from 'zod';
import { crossFaults } from './cross-faults.ts';
import { feedSchema, type FeedDefinition } from './feed-schema.ts';
import { pathOf, readDocument, type DocumentFault } from './read-document.ts';
import { secretPaths, type DocumentPath } from './secrets.ts';

export type ReadDefinition =
  | {
      ok: true;
      definition: FeedDefinition;
      /** As it was written, as plain values: what a store keeps, and what can be read again. */
      document: unknown;
      /** Where that holds secrets. */
      secrets: DocumentPath[];
    }
  | { ok: false; faults: DocumentFault[] };

/**
 * Reads a feed's document, YAML or JSON: the definition, or every fault at once. No fault quotes a value that may be a
 * secret.
 */
export function readDefinition(text: string): ReadDefinition {
  const document = readDocument(text);
  return document.ok ? checkDefinition(document.value) : document;
}

/** The same for a document whose text was read before. */
export function checkDefinition(document: unknown): ReadDefinition {
  const parsed = feedSchema.safeParse(document);
  const together = typeof document === 'object' && document !== null ? crossFaults(document) : [];
  if (!parsed.success) return { ok: false, faults: [...faultsOf(parsed.error), ...together] };
  if (together.length > 0) return { ok: false, faults: together };
  return { ok: true, definition: parsed.data, document, secrets: secretPaths(document) };
}

/** `columns.sku is missing`; of a key that is not known: `coloumns: did you mean columns?` */
export function faultInWords({ path, fault }: DocumentFault): string {
  const place = path === '' ? 'The document' : path;
  return fault.startsWith(':') ? `${place}${fault}` : `${place} ${fault}`;
}

function faultsOf(error: z.ZodError): DocumentFault[] {
  const faults = error.issues.flatMap((issue): DocumentFault[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code !== 'unrecognized_keys') return [{ path: pathOf(path), fault: issue.message }];
    const lines = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: pathOf([...path, key]),
      fault: lines[index] ?? 'is not known',
    }));
  });
  return faults.filter(
    ({ path, fault }, index) =>
      faults.findIndex((other) => other.path === path && other.fault === fault) === index,
  );
}
