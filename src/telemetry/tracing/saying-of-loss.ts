import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';
import { reasonOf } from '../reason-of.ts';

/** A receiver that is away is spoken of so often, in ms. */
const SAID_EVERY_MS = 60_000;

/** An exporter that says in the log, once a minute, how many spans were lost on the way, and why. */
export function sayingOfLoss(exporter: SpanExporter, log: Logger): SpanExporter {
  let saidAt = -Infinity;
  let lost = 0;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        if (result.error) {
          lost += spans.length;
          if (performance.now() - saidAt > SAID_EVERY_MS) {
            const reason = reasonOf(result.error);
            log.warn({ lost, reason }, 'the receiver of traces does not take them; they are lost');
            saidAt = performance.now();
            lost = 0;
          }
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
