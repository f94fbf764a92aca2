/** Where Temporal's dev server and its Web UI listen unless something else does. */
export const TEMPORAL_PORT = 7233;
export const TEMPORAL_UI_PORT = 8233;
