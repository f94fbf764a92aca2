import type { FastifyReply, FastifyRequest } from 'fastify';
import { DecryptionError } from '../access/secrets/encryption.ts';
import { CursorGoneError, CursorRefusedError } from '../changes/cursor-errors.ts';
import { isDatabaseUnavailable, isStatementTimeout } from '../database/database-unavailable.ts';
import { UnknownSupplierError, UnknownTenantError } from '../database/known-tenant.ts';
import { ManualFixError } from '../manual/manual-supplier.ts';
import { changesNothing } from './changes-nothing.ts';
import { ProblemError, PROBLEMS, type ProblemCode, type ProblemOptions } from './problems.ts';
import { sendProblem } from './send-problem.ts';

/** Seconds after which a caller may try again when the database is away. */
const DATABASE_RETRY_AFTER = 5;

/** And when its own keys are wrong, which takes people. */
const KEYS_RETRY_AFTER = 30;

const FASTIFY_CODES: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
};

/** Turns whatever a route threw into a problem; what nobody foresaw is logged whole and answered without details. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { code, options } = problemFor(error, request);
  if (code === 'database_unavailable') request.log.error({ err: error }, 'the database does not answer');
  if (error instanceof DecryptionError) request.log.error({ err: error }, 'a stored secret cannot be read');
  if (code === 'internal') request.log.error({ err: error }, 'unexpected error');
  const isRefusal = PROBLEMS[code].status === 401 && !options?.nothingTried;
  const retryAfter = isRefusal ? request.server.countRefusal(request) : 0;
  if (retryAfter > 0) sendProblem(reply, 'too_many_refused', { retryAfter });
  else sendProblem(reply, code, options);
}

function problemFor(
  error: unknown,
  request: FastifyRequest,
): { code: ProblemCode; options?: ProblemOptions } {
  if (error instanceof ProblemError) return error;
  const code = FASTIFY_CODES[codeOf(error)];
  if (code) return { code };
  if (isBrokenRequest(error)) return { code: 'malformed_request' };
  if (error instanceof UnknownTenantError || error instanceof UnknownSupplierError)
    return { code: 'not_found' };
  if (error instanceof ManualFixError) return { code: 'fix_refused', options: { detail: error.message } };
  if (error instanceof CursorRefusedError)
    return { code: 'cursor_refused', options: { detail: error.message } };
  if (error instanceof CursorGoneError) return { code: 'cursor_gone', options: { detail: error.message } };
  // Of what changes something nobody can tell whether it has: that is to be sent again.
  if (isStatementTimeout(error) && changesNothing(request)) return { code: 'too_slow' };
  if (isDatabaseUnavailable(error)) {
    return { code: 'database_unavailable', options: { retryAfter: DATABASE_RETRY_AFTER } };
  }
  if (error instanceof DecryptionError) {
    const detail = 'The secrets keys here do not open what the database holds.';
    return { code: 'not_ready', options: { detail, retryAfter: KEYS_RETRY_AFTER } };
  }
  return { code: 'internal' };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Fastify's mark on a request that it could not read. Asked before the database: a body that ended early has the
 * same ECONNRESET as a lost connection to PostgreSQL.
 */
function isBrokenRequest(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 400;
}
