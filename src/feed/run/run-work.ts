/** How a run is carried on. */
export interface RunWork {
  /** Called now and then; throws when the work has to end. */
  beat: () => void;
  /** Behind how many due events of files a tenant's live ones may have to wait; see record-run.ts unless given. */
  mostDue?: number;
}
