import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';
import { reasonOf } from '../reason-of.ts';

/** A receiver that is away is spoken of so often, in ms. */
const SAID_EVERY_MS = 60_000;
/** As OpenTelemetry numbers what came of an export. */
const TAKEN = 0;

/** An exporter that says in the log, once a minute, how many spans were lost, and why; and of each only that it is dealt with. */
export function sayingOfLoss(exporter: SpanExporter, log: Logger): SpanExporter {
  let saidAt = -Infinity;
  let lost = 0;
  return {
    export: (spans, done) => {
      exporter.export(spans, ({ code, error }) => {
        if (code !== TAKEN) {
          lost += spans.length;
          if (performance.now() - saidAt > SAID_EVERY_MS) {
            log.warn(
              { lost, reason: reasonOf(error) },
              'the receiver of traces does not take them; they are lost',
            );
            saidAt = performance.now();
            lost = 0;
          }
        }
        done({ code: TAKEN });
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
