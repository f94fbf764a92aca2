import { useState } from 'preact/hooks';
import { REPLAY_FAILURE_MODES } from '../../domain/failure-modes.ts';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';
import { api, request } from '../api/request.ts';
import type { Replay, ReplayPrediction } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { Empty } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { VIEWERS_ZONE } from '../parts/time.tsx';
import { Prediction } from '../replays/prediction.tsx';
import { bodyOf, formOf, type ReplayForm } from '../replays/replay-form.ts';
import { navigate } from '../routing/location.ts';
import { paths } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useAction } from '../state/use-action.ts';

interface Dry {
  /** The form that it is of. */
  form: ReplayForm;
  /** What was asked, with the window's end as the dry run froze it. */
  body: ReturnType<typeof bodyOf>;
  prediction: ReplayPrediction;
  /** Makes the start safe to repeat. */
  key: string;
}

/** First the dry run, then, with the very same window, the replay. */
export function NewReplay({ tenant, fields }: { tenant: string; fields: URLSearchParams }) {
  const [form, setForm] = useState<ReplayForm>(() => formOf(fields, new Date()));
  const [last, setDry] = useState<Dry | undefined>();
  // Another window has another prediction, also when its answer came after the change.
  const dry = last?.form === form ? last : undefined;
  const may = useMay('operator');
  const change = (part: Partial<ReplayForm>): void => setForm((old) => ({ ...old, ...part }));
  const predict = useAction(async () => {
    setDry(undefined);
    const body = bodyOf(form);
    const path = api`/v1/tenants/${tenant}/replays/prediction`;
    const { data } = await request<ReplayPrediction>('POST', path, { body });
    setDry({
      form,
      body: { ...body, since: data.since, until: data.until },
      prediction: data,
      key: randomKey(),
    });
    announce(`The dry run is done: ${data.events} events.`);
  });
  const start = useAction(async () => {
    if (!dry) return;
    const { data } = await request<Replay>('POST', api`/v1/tenants/${tenant}/replays`, {
      body: dry.body,
      headers: { 'idempotency-key': dry.key },
    });
    navigate(paths.replay(tenant, data.replayId));
  });
  if (!may) {
    return (
      <Page title={`New replay of ${tenant}`}>
        <Empty title="Dry runs and replays need the role operator.">
          <p>Somebody with that role can open this very address and start it.</p>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={`New replay of ${tenant}`}>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void predict.run();
        }}
      >
        <WindowFields form={form} change={change} />
        <details open={hasNarrowed(form)}>
          <summary>Narrow it</summary>
          <NarrowingFields form={form} change={change} />
        </details>
        <div class="actions">
          <button type="submit" class={dry ? '' : 'primary'} disabled={predict.busy}>
            {predict.busy ? 'Looking …' : 'Dry run: see what it would do'}
          </button>
        </div>
      </form>
      {predict.problem && <Problem problem={predict.problem} what="The dry run failed" />}
      {dry && (
        <>
          <Prediction tenant={tenant} prediction={dry.prediction} />
          {start.problem && <Problem problem={start.problem} what="The replay was not started" />}
          {!dry.prediction.startable && (
            <p class="notice warn">
              The tenant is closed: a replay can be looked at, but not started. Open the gate first.
            </p>
          )}
          {dry.prediction.startable && dry.prediction.events > 0 && (
            <div class="actions">
              <button type="button" class="primary" disabled={start.busy} onClick={() => void start.run()}>
                {start.busy
                  ? 'Starting …'
                  : `Start the replay of ${dry.prediction.events.toLocaleString()} events`}
              </button>
            </div>
          )}
        </>
      )}
    </Page>
  );
}

interface FieldsProps {
  form: ReplayForm;
  change: (part: Partial<ReplayForm>) => void;
}

function WindowFields({ form, change }: FieldsProps) {
  return (
    <div class="fields">
      <Field label="From" hint={`Your time, ${VIEWERS_ZONE}.`}>
        {(ids) => (
          <input
            {...ids}
            type="datetime-local"
            step={1}
            required
            value={form.since}
            onInput={({ currentTarget }) => change({ since: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="To" hint="Left empty: now.">
        {(ids) => (
          <input
            {...ids}
            type="datetime-local"
            step={1}
            value={form.until}
            onInput={({ currentTarget }) => change({ until: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Time that counts">
        {(ids) => (
          <select
            {...ids}
            value={form.by}
            onChange={({ currentTarget }) => change({ by: currentTarget.value as ReplayForm['by'] })}
          >
            <option value="received_at">when it was received</option>
            <option value="updated_at">updatedAt</option>
          </select>
        )}
      </Field>
    </div>
  );
}

function NarrowingFields({ form, change }: FieldsProps) {
  return (
    <div class="fields">
      <Field label="SKU">
        {(ids) => (
          <input
            {...ids}
            maxLength={256}
            spellcheck={false}
            value={form.sku}
            onInput={({ currentTarget }) => change({ sku: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Supplier">
        {(ids) => (
          <input
            {...ids}
            maxLength={40}
            spellcheck={false}
            value={form.supplier}
            onInput={({ currentTarget }) => change({ supplier: currentTarget.value.trim() })}
          />
        )}
      </Field>
      <Field label="Outcome">
        {(ids) => (
          <select
            {...ids}
            value={form.outcome}
            onChange={({ currentTarget }) => change({ outcome: currentTarget.value })}
          >
            <option value="">any</option>
            {EVENT_OUTCOMES.map((outcome) => (
              <option key={outcome}>{outcome}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Failure mode">
        {(ids) => (
          <select
            {...ids}
            value={form.failureMode}
            onChange={({ currentTarget }) => change({ failureMode: currentTarget.value })}
          >
            <option value="">any or none</option>
            {REPLAY_FAILURE_MODES.map((mode) => (
              <option key={mode}>{mode}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Most events a second" hint="Left empty: as fast as live events leave room.">
        {(ids) => (
          <input
            {...ids}
            type="number"
            min={1}
            max={100_000}
            step={1}
            value={form.rate}
            onInput={({ currentTarget }) => change({ rate: currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}

function hasNarrowed({ supplier, sku, outcome, failureMode, rate }: ReplayForm): boolean {
  return [supplier, sku, outcome, failureMode, rate].some((text) => text !== '');
}

/** `randomUUID` is there only for pages that came over https or from this machine. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
