import type { FastifyInstance } from 'fastify';
import { isPageRequest } from './console/serve-console.ts';
import { ProblemError } from './problems.ts';

/** So much of a path is told back. */
const SHOWN_PATH = 200;

/**
 * Tells whoever asks for what no route has: that there is no such path, or which methods it has. Nobody is asked who they
 * are, because `/openapi.json` lists the routes for everybody; what stands behind one of them is told by the route alone.
 *
 * Before whoever judges access.
 */
export function tellUnknownPaths(app: FastifyInstance): void {
  /** By the segments of a path, of which `:…` stands for any. */
  const routes: { segments: readonly string[]; methods: readonly string[] }[] = [];

  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ segments: segmentsOf(url), methods: [method].flat() });
  });

  app.addHook('onRequest', async (request) => {
    if (!request.is404 || isPageRequest(request)) return;
    const { method, url } = request;
    const [path = ''] = url.split('?', 1);
    const asked = segmentsOf(path);
    const methods = routes.filter(({ segments }) => fits(asked, segments)).flatMap((route) => route.methods);
    const shown = path.length > SHOWN_PATH ? `${path.slice(0, SHOWN_PATH)}…` : path;
    if (methods.length === 0) {
      throw new ProblemError('unknown_path', { detail: `${method} ${shown} is no path here.` });
    }
    const allow = [...new Set(methods)].toSorted().join(', ');
    throw new ProblemError('method_not_allowed', {
      detail: `${method} is no method of ${shown}; it has ${allow}.`,
      headers: { allow },
    });
  });
}

/** A slash at the end makes no difference. */
function segmentsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}

function fits(asked: readonly string[], segments: readonly string[]): boolean {
  return (
    asked.length === segments.length &&
    segments.every((segment, index) =>
      segment.startsWith(':') ? asked[index] !== '' : segment === asked[index],
    )
  );
}
