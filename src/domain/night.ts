import { seconds } from './time.ts';

/**
 * Whoever reaches Temporal may start the night's work at any time: what was done so short a time ago, in µs, is not done
 * again.
 */
export const A_NIGHT = seconds(20 * 3600);
