const CHANGED = 'console:gate-changed';

/** Somebody changed the gate on this page: whatever shows it looks again. */
export function gateChanged(): void {
  dispatchEvent(new Event(CHANGED));
}

export function onGateChanged(look: () => void): () => void {
  addEventListener(CHANGED, look);
  return () => removeEventListener(CHANGED, look);
}
