import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';
import { reasonOf } from '../reason-of.ts';

/** A receiver that is away is spoken of so often, in ms. */
const SAID_EVERY_MS = 60_000;

/** What spans are handed to, and what counts those that do not arrive. */
export interface SayingOfLoss {
  processor: SpanProcessor;
  /** Says what has not been said; what still waits, or is not answered, counts as lost. */
  end(): void;
}

/**
 * Says in the log, once a minute and at the end, how many spans were lost on the way, and why.
 *
 * @param sending.mostWaiting what finds so many before it is lost. It is looked at here since the SDK tells nobody
 * @param batching what has the exporter send them; it keeps as many at least
 */
export function sayingOfLoss(
  { exporter, mostWaiting, log }: { exporter: SpanExporter; mostWaiting: number; log: Logger },
  batching: (exporter: SpanExporter) => SpanProcessor,
): SayingOfLoss {
  let saidAt = -Infinity;
  let [waiting, unanswered, lost] = [0, 0, 0];
  let reason = 'the process ends';
  const say = (): void => {
    if (lost > 0) log.warn({ lost, reason }, 'the receiver of traces does not take them; they are lost');
    saidAt = performance.now();
    lost = 0;
  };
  const lose = (count: number, why: string): void => {
    lost += count;
    reason = why;
    if (performance.now() - saidAt > SAID_EVERY_MS) say();
  };
  const batches = batching({
    export: (spans, done) => {
      waiting -= spans.length;
      unanswered += spans.length;
      exporter.export(spans, (result) => {
        unanswered -= spans.length;
        if (result.error) lose(spans.length, reasonOf(result.error));
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  });
  return {
    processor: {
      onStart: (span, context) => batches.onStart(span, context),
      onEnd: (span) => {
        if (waiting >= mostWaiting) lose(1, `${mostWaiting} wait to be sent already`);
        else {
          waiting += 1;
          batches.onEnd(span);
        }
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
    end: () => {
      lost += waiting + unanswered;
      say();
    },
  };
}
