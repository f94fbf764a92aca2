import type { TraceAnswer } from '../api/types.ts';
import { replayOutcomeInWords, versionRuleInWords } from '../../domain/version-rule-words.ts';
import { StateBadge } from '../parts/badge.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link, OutsideLink } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { madeOf } from './stack.tsx';

/** The versions that the catalog has had; each with how far the storefront was told of it. */
export function VersionChain({ tenant, trace }: { tenant: string; trace: TraceAnswer }) {
  const shared = trace.versions.some(({ shares }) => shares !== null);
  return (
    <Table
      caption="Versions of the item, newest first"
      columns={[
        'Version #',
        'Quantity #',
        ...(shared ? ['Made of'] : []),
        'Made',
        'By event',
        'Rule',
        'Publication',
        'Replay',
      ]}
      telling={['Made of', 'By event', 'Rule', 'Publication']}
      rows={trace.versions}
      keyOf={({ version }) => String(version)}
      cells={(one) => [
        one.version,
        one.quantity.toLocaleString(),
        ...(shared ? [madeOf(one)] : []),
        <Time at={one.createdAt} />,
        <>
          <Link href={paths.event(tenant, one.supplier, one.eventId)}>
            <EventId text={one.eventId} />
          </Link>{' '}
          <div>of {one.supplier}</div>
          {one.causedBy && (
            <div class="soft">
              after the void <EventId text={one.causedBy.eventId} />
            </div>
          )}
        </>,
        <span class="whole">{versionRuleInWords(one, trace.replays)}</span>,
        <>
          <StateBadge state={one.publication} /> <Time at={one.publicationAt} />
        </>,
        one.replayId === null ? '' : <Link href={paths.replay(tenant, one.replayId)}>{one.replayId}</Link>,
      ]}
    />
  );
}

/** What the storefront was told, and what it said. */
export function Attempts({ tenant, trace }: { tenant: string; trace: TraceAnswer }) {
  return (
    <Table
      caption="Publish attempts, newest first"
      columns={[
        'Began',
        'Storefront',
        'Version #',
        'Result',
        'HTTP #',
        'Took #',
        'Reason',
        'Replay',
        'Workflow',
      ]}
      telling={['Storefront', 'Result', 'Reason', 'Workflow']}
      rows={trace.publishAttempts}
      keyOf={(one, index) => `${one.messageId} ${one.startedAt} ${index}`}
      cells={(one) => [
        <Time at={one.startedAt} />,
        one.storefront,
        one.version,
        <StateBadge state={one.status} />,
        one.httpStatus ?? '',
        one.latencyMs === null ? '' : `${Math.round(one.latencyMs).toLocaleString()} ms`,
        one.reason === null ? '' : <Foreign text={one.reason} />,
        one.replayId === null ? '' : <Link href={paths.replay(tenant, one.replayId)}>{one.replayId}</Link>,
        <OutsideLink href={one.workflowUrl}>Temporal</OutsideLink>,
      ]}
    />
  );
}

/** The replays that went over the item. */
export function ReplaysOfItem({ tenant, trace }: { tenant: string; trace: TraceAnswer }) {
  return (
    <Table
      caption="Replays of the item, newest first"
      columns={['When', 'Replay', 'State', 'Asked for by', 'Did', 'Workflow']}
      telling={['Replay', 'State', 'Did', 'Workflow']}
      rows={trace.replays}
      keyOf={({ replayId }) => replayId}
      cells={(one) => [
        <Time at={one.touchedAt} />,
        <Link href={paths.replay(tenant, one.replayId)}>{one.replayId}</Link>,
        <StateBadge state={one.state} />,
        <Foreign text={one.requestedBy} />,
        <>
          {one.outcome === null ? 'under way' : replayOutcomeInWords({ ...one, outcome: one.outcome })}
          {one.versionAfter !== one.versionBefore && (
            <>
              {' '}
              (version {one.versionBefore ?? 'none'} → {one.versionAfter ?? 'none'})
            </>
          )}
          {one.stockRule !== null && <div class="soft">stock rule: {one.stockRule}</div>}
        </>,
        <OutsideLink href={one.workflowUrl}>Temporal</OutsideLink>,
      ]}
    />
  );
}
