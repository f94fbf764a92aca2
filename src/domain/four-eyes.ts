import type { Missing } from './gate.ts';
import type { Origin } from './origin.ts';

/** Somebody who did something of the launch. */
export interface Somebody {
  /** As the audit list names them: `console ada`. */
  actor: string;
  /** Null: nobody wrote down by whose right. */
  origin: Origin | null;
}

/** @returns what keeps somebody from opening alone what they have confirmed; another token and another name may */
export function missingFourEyes(
  confirmed: (Somebody & { title: string }) | undefined,
  asking: Somebody,
): Missing[] {
  // Then the condition itself is missing, which says so.
  if (!confirmed) return [];
  if (confirmed.origin === null) {
    const detail = `Four eyes: it was not written down by whose right "${confirmed.title}" was confirmed. Confirm it again.`;
    return [{ condition: 'four_eyes', detail }];
  }
  if (asking.origin !== null && !isSame(confirmed, asking)) return [];
  const detail =
    `Four eyes: ${nameOf(confirmed)} confirmed "${confirmed.title}", the last condition of the checklist, ` +
    `so somebody else has to open the canary, with a token and a name of their own.`;
  return [{ condition: 'four_eyes', detail }];
}

function isSame(one: Somebody, other: Somebody): boolean {
  const token = one.origin?.tokenId ?? null;
  if (token !== null && token === (other.origin?.tokenId ?? null)) return true;
  const names = namesOf(other);
  return namesOf(one).some((name) => names.includes(name));
}

/** A command's name for the audit list is chosen freely, and the OS user's is beside it: both count. */
function namesOf({ actor, origin }: Somebody): string[] {
  const names = [actor.replace(/^(?:console|token) /, ''), origin?.principal.name ?? ''];
  return names.map((name) => name.normalize('NFKC').trim().toLowerCase()).filter((name) => name !== '');
}

function nameOf({ actor }: Somebody): string {
  return actor.replace(/^(?:console|token) /, '');
}
