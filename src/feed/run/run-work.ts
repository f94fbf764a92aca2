import type { FeedRun } from '../../generated/prisma/client.ts';

/** How a run is carried on. */
export interface RunWork {
  /** Called now and then; throws when the work has to end. */
  beat: () => void;
  /** Called with a run that is held, or has failed: its owner has to know. */
  tell?: (run: FeedRun) => void;
  /** Behind how many due events of files a tenant's live ones may have to wait; see record-run.ts unless given. */
  mostDue?: number;
}
