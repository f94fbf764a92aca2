import type { z } from 'zod';
import { pointerStep } from './json-faults.ts';

/** One field that is not as it has to be. Has either a JSON Pointer (RFC 6901) into the body, or a header's name. */
export interface ShapeError {
  pointer?: string;
  header?: string;
  detail: string;
}

/** As many as a full array can have with all five fields of each event wrong; the answer must not outgrow the body. */
const MOST_ERRORS = 2500;

/** Turns a schema's findings into one error for each field, in the order of the body. */
export function shapeErrors(error: z.ZodError, base = ''): ShapeError[] {
  const seen = new Map<string, ShapeError>();
  for (const issue of error.issues) {
    const at = base + issue.path.map((step) => pointerStep(String(step))).join('');
    const found =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({
            pointer: at + pointerStep(key),
            detail: 'is not a field that is known here',
          }))
        : [{ pointer: at, detail: issue.message }];
    for (const entry of found) {
      if (seen.size === MOST_ERRORS) return [...seen.values()];
      seen.set(`${entry.pointer}\n${entry.detail}`, entry);
    }
  }
  return [...seen.values()];
}
