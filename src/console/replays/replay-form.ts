import type { ReplayRequestBody } from '../api/types.ts';

/** The form's fields as they stand in it: texts, and times of the viewer's zone. */
export interface ReplayForm {
  since: string;
  until: string;
  by: 'received_at' | 'updated_at';
  supplier: string;
  sku: string;
  outcome: string;
  failureMode: string;
  rate: string;
}

const DAY_MS = 86_400_000;

/** What an address asked for, and else the last day. */
export function formOf(asked: URLSearchParams, now: Date): ReplayForm {
  const text = (name: string): string => asked.get(name) ?? '';
  return {
    since: localInput(asked.get('since') ?? new Date(now.getTime() - DAY_MS).toISOString(), 'down'),
    until: asked.has('until') ? localInput(text('until'), 'up') : '',
    by: asked.get('by') === 'updated_at' ? 'updated_at' : 'received_at',
    supplier: text('supplier'),
    sku: text('sku'),
    outcome: text('outcome'),
    failureMode: text('failureMode'),
    rate: text('rate'),
  };
}

/** The request of the API. What is wrong in it, the API says field by field. */
export function bodyOf(form: ReplayForm): ReplayRequestBody {
  return {
    since: utcOf(form.since),
    ...(form.until !== '' && { until: utcOf(form.until) }),
    by: form.by,
    ...(form.supplier !== '' && { supplier: form.supplier }),
    ...(form.sku !== '' && { sku: form.sku }),
    ...(form.outcome !== '' && { outcome: form.outcome as NonNullable<ReplayRequestBody['outcome']> }),
    ...(form.failureMode !== '' && {
      failureMode: form.failureMode as NonNullable<ReplayRequestBody['failureMode']>,
    }),
    ...(form.rate !== '' && { rate: Number(form.rate) }),
  };
}

/** `2026-06-01T10:00:05` in the viewer's zone, as an input of the type datetime-local wants it. */
function localInput(time: string, round: 'up' | 'down'): string {
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) return '';
  const whole = (round === 'up' ? Math.ceil(parsed / 1000) : Math.floor(parsed / 1000)) * 1000;
  const moment = new Date(whole);
  const day = `${String(moment.getFullYear()).padStart(4, '0')}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

function two(figure: number): string {
  return String(figure).padStart(2, '0');
}

/** What is no time goes to the API as it stands, which says so. */
function utcOf(local: string): string {
  const moment = new Date(local);
  return Number.isNaN(moment.getTime()) ? local : moment.toISOString();
}
