import type { Fate } from '../../domain/fate.ts';
import type { Outcome, Verdict } from '../api/types.ts';

type Tone = 'good' | 'bad' | 'warn' | 'info' | 'quiet';

const OUTCOMES: Record<Outcome, Tone> = {
  won: 'good',
  superseded: 'quiet',
  rejected: 'bad',
  failed: 'bad',
  pending: 'info',
  held: 'warn',
  voided: 'quiet',
  applied: 'info',
};

const FATES: Record<Fate, Tone> = {
  waiting: 'info',
  held: 'warn',
  failed: 'bad',
  rejected: 'bad',
  withdrawn: 'quiet',
  expired: 'warn',
  replaced: 'quiet',
  standing: 'good',
};

const VERDICTS: Record<Verdict, [tone: Tone, sign: string]> = {
  pass: ['good', '✓'],
  miss: ['bad', '✗'],
  inconclusive: ['warn', '?'],
};

const STATES: Record<string, Tone> = {
  open: 'good',
  canary: 'info',
  closed: 'warn',
  completed: 'good',
  accepted: 'good',
  running: 'info',
  sending: 'info',
  due: 'info',
  withheld: 'warn',
  cancelled: 'warn',
  failed: 'bad',
  rejected: 'bad',
  unknown: 'warn',
};

/** A state in one word; the colour only repeats it. */
export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  return <Badge tone={OUTCOMES[outcome]}>{outcome}</Badge>;
}

export function FateBadge({ fate }: { fate: Fate }) {
  return <Badge tone={FATES[fate]}>{fate}</Badge>;
}

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const [tone, sign] = VERDICTS[verdict];
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{sign} </span>
      {verdict}
    </span>
  );
}

export function StateBadge({ state }: { state: string }) {
  return <Badge tone={STATES[state] ?? 'quiet'}>{state.replaceAll('_', ' ')}</Badge>;
}
