import { PROBLEM_TYPE, problemSchema, PROBLEMS, type ProblemCode } from './problems.ts';

/** What a supplier's delivery may be answered with; docs/sending.md lists the same ones. */
export const DELIVERY_PROBLEMS = [
  'malformed_request',
  'repeated_header',
  'invalid_json',
  'not_signed',
  'unknown_path',
  'method_not_allowed',
  'request_timeout',
  'event_id_reused',
  'payload_too_large',
  'unsupported_media_type',
  'host_unknown',
  'invalid_shape',
  'rate_limited',
  'too_many_refused',
  'headers_too_large',
  'internal',
  'database_unavailable',
  'too_busy',
  'not_ready',
] as const satisfies readonly ProblemCode[];

/** For the route's `response`: each of its statuses, with the codes that it may have. */
export function deliveryProblemResponses(): Record<number, object> {
  const responses: Record<number, object> = {};
  for (const code of DELIVERY_PROBLEMS) {
    const { status } = PROBLEMS[code];
    const codes = DELIVERY_PROBLEMS.filter((one) => PROBLEMS[one].status === status);
    const description = codes
      .map((one) => `\`${one}\`: ${PROBLEMS[one].title}. ${PROBLEMS[one].todo}`)
      .join(' ');
    responses[status] = { description, content: { [PROBLEM_TYPE]: { schema: problemSchema } } };
  }
  return responses;
}
