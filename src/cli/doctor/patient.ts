import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Settings } from '../../config/settings.ts';
import type { Database } from '../../database/client.ts';
import type { TemporalToCheck } from './check-temporal.ts';

/** What the doctor looks at; each part is asked for when its turn comes. */
export interface Patient {
  settings: Settings;
  /** A `start` that was found on DATA_DIR. */
  startedAt: string | undefined;
  database(): Promise<Database>;
  keyRing(): Promise<KeyRing>;
  temporal(): Promise<TemporalToCheck>;
  apiUrl: string;
  defaultStorefrontUrl: string | undefined;
}
