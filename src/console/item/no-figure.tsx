import type { TraceAnswer } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';

type Silent = Extract<NonNullable<TraceAnswer['storefront']>, { error: string }>;

/** Why a storefront said no figure. */
export function NoFigure({ kind, error }: Silent) {
  return kind === 'unknown item' ? (
    <>
      <span class="badge bad">not in the shop</span> it does not know the item
    </>
  ) : (
    <>
      <span class="badge warn">no answer</span> <Foreign text={error} />
    </>
  );
}
