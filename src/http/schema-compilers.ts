import type { FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { shapeErrors } from '../intake/shape-errors.ts';
import { ProblemError } from './problems.ts';

/** Lets zod check what comes in and what goes out. */
export function useSchemas(app: FastifyInstance): void {
  app.setSerializerCompiler(serializerCompiler);
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data: unknown) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return { value: parsed.data };
    const detail = `The request's ${httpPart ?? 'form'} cannot be used.`;
    return { error: new ProblemError('invalid_shape', { detail, errors: shapeErrors(parsed.error) }) };
  });
}
