import { DefaultFailureConverter } from '@temporalio/common';

/** For payloads that are encrypted: a failure's message and stack become one of them. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
