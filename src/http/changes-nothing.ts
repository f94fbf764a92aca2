import type { FastifyRequest } from 'fastify';

const SAFE = new Set(['GET', 'HEAD']);

/** Whether a method changes nothing, whatever the route. */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

/** Whether a request changes nothing: by its method, or because its route says so. */
export function changesNothing({
  method,
  routeOptions,
}: Pick<FastifyRequest, 'method' | 'routeOptions'>): boolean {
  return isSafe(method) || routeOptions.config.reads !== undefined;
}
