/**
 * Nothing younger may be pruned, in days: signals look at 24 hours, a storefront that does not answer is tried for
 * 24 hours, and clocks differ.
 */
export const LEAST_DAYS = 2;
