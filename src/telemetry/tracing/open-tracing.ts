import { tracingSettings, type Settings } from '../../config/settings.ts';
import type { Logger } from '../logger.ts';
import type { Tracing } from './tracing.ts';

/**
 * Tracing, where a receiver is set: only then is anything of it loaded.
 *
 * @param of.service this process's name, where no other is set
 */
export async function openTracing(
  settings: Settings,
  { service, log }: { service: string; log: Logger },
): Promise<Tracing | undefined> {
  const chosen = tracingSettings(settings);
  if (!chosen) return undefined;
  const { createOtlpTracing } = await import('./otlp-tracing.ts');
  return createOtlpTracing({ ...chosen, service: chosen.service ?? service, log });
}
