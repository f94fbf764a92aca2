/**
 * Within it the same again, with nothing that tells when it was written or by what sending it came, is what was sent
 * before. Later it may as well be a figure that is what it was, and such a figure must not expire.
 */
export const SENT_AGAIN_WITHIN_US = 3_600_000_000n;
