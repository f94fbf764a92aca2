/** How a run is carried on. */
export interface RunWork {
  /** Called now and then; throws when the work has to end. */
  beat(): void;
}
