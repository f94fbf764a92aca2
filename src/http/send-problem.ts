import type { FastifyReply } from 'fastify';
import { PROBLEM_TYPE, problemOf, type ProblemCode, type ProblemOptions } from './problems.ts';

/** Answers with a problem; as text, so that no route's response schema has to know it. */
export function sendProblem(
  reply: FastifyReply,
  code: ProblemCode,
  options: ProblemOptions = {},
): FastifyReply {
  const problem = problemOf(code, options);
  // The request's line in the log then says why.
  reply.request.log = reply.request.log.child({ code });
  if (options.retryAfter !== undefined) reply.header('retry-after', String(options.retryAfter));
  return reply
    .code(problem.status)
    .headers(options.headers ?? {})
    .header('content-type', PROBLEM_TYPE)
    .serializer(String)
    .send(JSON.stringify(problem));
}
