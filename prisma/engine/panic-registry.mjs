let message = '';

// The wasm engine tells the reason of a panic only to this global; without it a panic hides its message.
Object.assign(globalThis, {
  PRISMA_WASM_PANIC_REGISTRY: {
    set_message: (/** @type {string} */ reason) => {
      message = reason;
    },
  },
});

/** The reason of the last panic, empty when there was none. */
export function lastPanicMessage() {
  return message;
}
