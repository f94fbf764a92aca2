import { useEffect, useState } from 'preact/hooks';
import { asProblem, type ApiProblem } from '../api/problem.ts';
import { NAME } from '../../domain/identity.ts';
import { api, request } from '../api/request.ts';
import type { FeedPreview } from '../api/types.ts';
import { valueAt, type Draft } from './document.ts';
import type { Sample } from './sample.ts';

/** Nobody waits for an answer to each key. */
const QUIET_MS = 300;
const AGAIN_MS = 1_000;
const TRIES = 8;

export interface Previewed {
  /** The last one; it stays while a newer one is asked for. */
  answer: FeedPreview | undefined;
  asking: boolean;
  problem: ApiProblem | undefined;
}

/** What a sample becomes by the draft as it stands: asked anew after each change, and an older answer never counts. */
export function usePreview(tenant: string, draft: Draft | undefined, sample: Sample | undefined): Previewed {
  const [state, setState] = useState<Previewed>({ answer: undefined, asking: false, problem: undefined });
  useEffect(() => {
    if (!draft) {
      setState((old) => ({ ...old, asking: false }));
      return undefined;
    }
    const control = new AbortController();
    setState((old) => ({ ...old, asking: true }));
    const ask = async (): Promise<void> => {
      try {
        const answer = await patiently(
          () => askPreview(tenant, { draft, sample, signal: control.signal }),
          control.signal,
        );
        if (!control.signal.aborted) setState({ answer, asking: false, problem: undefined });
      } catch (error) {
        if (!control.signal.aborted)
          setState((old) => ({ ...old, asking: false, problem: asProblem(error) }));
      }
    };
    const timer = setTimeout(() => void ask(), QUIET_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [tenant, draft, sample]);
  return state;
}

/** Without a file it is the document that is looked at. @throws ApiProblem */
async function askPreview(
  tenant: string,
  { draft, sample, signal }: { draft: Draft; sample: Sample | undefined; signal: AbortSignal },
): Promise<FeedPreview> {
  const supplier = valueAt(draft, 'supplier');
  const body = { ...bodyOf(typeof supplier === 'string' ? supplier : '', sample), document: draft };
  const { data } = await request<FeedPreview>('POST', pathOf(tenant), { body, signal });
  return data;
}

/** What the sample looks like by itself. @throws ApiProblem */
export function askGuess(tenant: string, supplier: string, sample: Sample): Promise<FeedPreview> {
  return patiently(() => guessOnce(tenant, supplier, sample));
}

async function guessOnce(tenant: string, supplier: string, sample: Sample): Promise<FeedPreview> {
  const { data } = await request<FeedPreview>('POST', pathOf(tenant), { body: bodyOf(supplier, sample) });
  return data;
}

/** Previews take turns with what else is long: whoever types fast waits for himself, and need not be told. */
async function patiently<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES || asProblem(error).code !== 'too_many_at_once' || signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      signal?.throwIfAborted();
    }
  }
}

const pathOf = (tenant: string): string => api`/v1/tenants/${tenant}/feed-previews`;

/** A name of nobody: what is wrong with the document's own one stands among its faults. */
const UNNAMED = '-';

function bodyOf(supplier: string, sample: Sample | undefined) {
  return {
    supplier: NAME.test(supplier) ? supplier : UNNAMED,
    sample: sample?.base64 ?? '',
    ...(sample && {
      name: sample.file.name.slice(0, 200).toWellFormed(),
      writtenAt: new Date(sample.file.lastModified).toISOString(),
    }),
  };
}
