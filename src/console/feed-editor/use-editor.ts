import { useMemo, useState } from 'preact/hooks';
import { asProblem, type ApiProblem } from '../api/problem.ts';
import type { FeedPreview } from '../api/types.ts';
import { isAt, isMap, parseDraft, plainly, textOf, valueAt, withValue, type Draft } from './document.ts';
import { nameOf, readSample, type Sample } from './sample.ts';
import { askGuess, usePreview, type Previewed } from './use-preview.ts';

type Question = FeedPreview['open'][number];

export interface Editor extends Previewed {
  tenant: string;
  /** The feed that it is a version of, whose name and supplier stay; undefined: it is not there yet. */
  own: string | undefined;
  /** The document: the one truth, which the form reads and writes. */
  text: string;
  setText: (text: string) => void;
  /** Undefined while the text is no document. */
  draft: Draft | undefined;
  /** Why the text is none. */
  syntaxFault: string | undefined;
  /** @returns its text */
  setDraft: (draft: Draft) => string;
  change: (path: string, value: unknown) => void;
  /** What the API says of the place, and of what lies within it. */
  faultsAt: (path: string) => string[];
  /** Of these very places alone. */
  faultsOf: (paths: readonly string[]) => string[];
  /** What the guess left open, and nobody has answered since. */
  open: readonly Question[];
  sample: Sample | undefined;
  /** Why a file was not taken. */
  refused: string | undefined;
  guessing: boolean;
  guessProblem: ApiProblem | undefined;
  take: (file: File) => Promise<void>;
  /** Reads the file's look anew, in place of what the document says of it. */
  guess: () => Promise<void>;
}

/** What a guess says nothing of: it stays as somebody set it. */
const NOT_OF_THE_FILE = ['feed', 'supplier', 'source', 'every', 'kind', 'guards', 'expected'];

/** A document, a sample, and what the one makes of the other. */
export function useEditor(tenant: string, first: Draft, own: string | undefined): Editor {
  const [text, setText] = useState(() => textOf(first));
  const parsed = useMemo(() => parseDraft(text), [text]);
  const draft = parsed.ok ? parsed.draft : undefined;
  const [sample, setSample] = useState<Sample | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const [questions, setQuestions] = useState<readonly Question[]>([]);
  const [guessed, setGuessed] = useState<{ busy: boolean; problem: ApiProblem | undefined }>({
    busy: false,
    problem: undefined,
  });
  // Nobody is told the faults of what he has not begun, nor of what is just being guessed.
  const isBegun = sample !== undefined || text !== textOf(first);
  const previewed = usePreview(tenant, isBegun && !guessed.busy ? draft : undefined, sample);

  const guessFrom = async (from: Sample, base: Draft): Promise<void> => {
    setGuessed({ busy: true, problem: undefined });
    try {
      const supplier = plainly(valueAt(base, 'supplier'));
      const { document, open } = await askGuess(tenant, supplier, from);
      setGuessed({ busy: false, problem: undefined });
      setQuestions(open);
      // A file that cannot be read has no look.
      if (document) setText(textOf(merged(base, document as Draft, from.file.name)));
    } catch (error) {
      setGuessed({ busy: false, problem: asProblem(error) });
    }
  };
  const take = async (file: File): Promise<void> => {
    setRefused(undefined);
    try {
      const taken = await readSample(file);
      setSample(taken);
      if (draft && own === undefined && saysNothing(draft)) await guessFrom(taken, draft);
    } catch (error) {
      setRefused(error instanceof Error ? error.message : String(error));
    }
  };
  const faults = previewed.answer?.faults ?? [];
  return {
    ...previewed,
    ...{ tenant, own, text, setText, draft, sample, refused, take },
    ...{ guessing: guessed.busy, guessProblem: guessed.problem },
    syntaxFault: parsed.ok ? undefined : parsed.fault,
    setDraft: (next) => {
      const written = textOf(next);
      setText(written);
      return written;
    },
    change: (path, value) => {
      if (draft) setText(textOf(withValue(draft, path, value)));
    },
    faultsAt: (path) => faults.filter((one) => isAt(one.path, path)).map((one) => wordsOf(one, path)),
    faultsOf: (paths) =>
      faults
        .filter(({ path }) => paths.includes(path))
        .map(({ path, fault }) => wordsOf({ path, fault }, path)),
    open: questions.filter(({ path }) => !isAnswered(draft, path)),
    guess: async () => {
      if (sample && draft) await guessFrom(sample, draft);
    },
  };
}

/** Whether nobody has said yet what the columns mean. */
function saysNothing({ columns }: Draft): boolean {
  return columns === undefined || (isMap(columns) && Object.keys(columns).length === 0);
}

/** Where the time is from, either of the two says. */
const SAID_BY: Readonly<Record<string, string>> = {
  'times.of': 'columns.updatedAt',
  'columns.updatedAt': 'times.of',
};

function isAnswered(draft: Draft | undefined, path: string): boolean {
  return [path, SAID_BY[path] ?? path].some((place) => valueAt(draft, place) !== undefined);
}

/** A fault within a field's value names its place there. */
function wordsOf({ path, fault }: FeedPreview['faults'][number], field: string): string {
  const inner = path.slice(field.length).replace(/^\./, '');
  return `${inner} ${fault.replace(/^: /, '')}`.trim();
}

function merged(base: Draft, guess: Draft, file: string): Draft {
  const kept = Object.fromEntries(
    NOT_OF_THE_FILE.flatMap((key) => (base[key] === undefined ? [] : [[key, base[key]]])),
  );
  const { feed: _feed, supplier, source, ...ofFile } = guess;
  const names = {
    feed: base.feed === '' ? nameOf(file, plainly(base.supplier ?? supplier)) : base.feed,
    supplier: base.supplier ?? supplier,
    source: base.source ?? source,
  };
  return { ...names, ...ofFile, ...kept, ...names };
}
