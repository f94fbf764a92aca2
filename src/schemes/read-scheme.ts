import { parseDocument } from 'yaml';
import { PRESETS } from './presets.ts';
import { schemeSchema, type Scheme } from './scheme.ts';

/** Each fault of a scheme's file, a line each. */
export class SchemeError extends Error {
  override name = 'SchemeError';
}

/** Reads a scheme out of YAML, of which JSON is a part. @throws SchemeError */
export function readScheme(text: string): Scheme {
  const document = parseDocument(text.replace(/^\ufeff/, ''), { uniqueKeys: true });
  const broken = document.errors.map(({ message }) => message.split('\n')[0] ?? '');
  if (broken.length > 0) throw new SchemeError(`It is not YAML: ${broken.join('; ')}`);
  const parsed = schemeSchema.safeParse(valueOf(document));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: is not a field of a scheme`)
      : [`${issue.path.join('.') || 'the file'}: ${issue.message}`],
  );
  throw new SchemeError(faults.join('\n'));
}

/** Undefined for a name that no scheme goes by. */
export function presetOf(name: string): Scheme | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
}

/** References that grow without end are a fault too. */
function valueOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new SchemeError(`It is not YAML without references: ${(error as Error).message}`, { cause: error });
  }
}
