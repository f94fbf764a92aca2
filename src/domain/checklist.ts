/** The five conditions that have to be confirmed, with evidence, before a canary opens. */
export const CHECKLIST = [
  'replay-tested',
  'dashboard',
  'canary-approved',
  'rollback-note',
  'support-macro',
] as const;
export type ChecklistName = (typeof CHECKLIST)[number];
