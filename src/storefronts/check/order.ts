import type { Answer } from '../../storefront/answer.ts';
import type { CheckedStorefront } from './checked-storefront.ts';
import { broken, kept, type Outcome } from './promise.ts';
import { figures, pageIfShown, same } from './shown.ts';

/** Holds an answer to being a yes. */
type Judge = (answer: Answer) => Outcome;

/** Tells a storefront a lower version after a higher one. */
export async function tryLate(storefront: CheckedStorefront, taken: Judge): Promise<Outcome> {
  const before = await pageIfShown(storefront);
  const answer = await storefront.tell(storefront.message({ version: storefront.version - 1 }));
  if (answer.kind !== 'accepted') return taken(answer);
  const after = await pageIfShown(storefront);
  const back = same(before, after) ? '' : `; the page went from ${figures(before)} to ${figures(after)}`;
  if (answer.reason === 'superseded' && back === '') return kept('a lower one was answered "superseded"');
  const said = answer.reason === undefined ? 'without "superseded"' : `with ${JSON.stringify(answer.reason)}`;
  return broken(`a lower version was taken after a higher one (accepted ${said})${back}`);
}

/** Tells a storefront the same message twice. */
export async function tryTwice(storefront: CheckedStorefront, taken: Judge): Promise<Outcome> {
  const message = storefront.message();
  const first = await storefront.tell(message);
  if (first.kind !== 'accepted') return taken(first);
  const before = await pageIfShown(storefront);
  const again = taken(await storefront.tell(message));
  if (again.status !== 'ok') return again;
  const after = await pageIfShown(storefront);
  return same(before, after)
    ? kept('accepted twice')
    : broken(`the page went from ${figures(before)} to ${figures(after)}`);
}
