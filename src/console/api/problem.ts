/** What the server said when it could not do as asked; or that it said nothing. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly code: string;
  /** 0 when no answer came. */
  readonly status: number;
  readonly title: string;
  readonly fields: readonly { pointer?: string; detail: string }[];
  readonly missing: readonly { condition: string; detail: string }[];
  readonly requestId: string | undefined;

  constructor(told: {
    code: string;
    status: number;
    title: string;
    detail: string;
    fields?: ApiProblem['fields'];
    missing?: ApiProblem['missing'];
    requestId?: string | undefined;
  }) {
    super(told.detail);
    this.code = told.code;
    this.status = told.status;
    this.title = told.title;
    this.fields = told.fields ?? [];
    this.missing = told.missing ?? [];
    this.requestId = told.requestId;
  }
}

export function unreachable(): ApiProblem {
  return new ApiProblem({
    code: 'unreachable',
    status: 0,
    title: 'The server does not answer',
    detail: 'Check that it runs and that this machine reaches it. Nothing is lost.',
  });
}

/** Reads an answer that is not a success. Something between us and the server may have written it. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (!isProblem(body)) {
    return new ApiProblem({
      code: `http_${response.status}`,
      status: response.status,
      title: `The server answered with HTTP ${response.status}`,
      detail: 'The answer says no more. Try again; if it stays, tell the platform team.',
      requestId,
    });
  }
  return new ApiProblem({
    code: body.code,
    status: response.status,
    title: body.title,
    detail: body.detail,
    fields: listOf(body.errors),
    missing: listOf(body.missing),
    requestId: response.status >= 500 ? requestId : undefined,
  });
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    code: 'console_fault',
    status: 0,
    title: 'This page has a fault',
    detail: `${error instanceof Error ? error.message : String(error)}. Load the page again; tell the platform team.`,
  });
}

interface ProblemBody {
  code: string;
  title: string;
  detail: string;
  errors?: unknown;
  missing?: unknown;
}

function isProblem(body: unknown): body is ProblemBody {
  if (typeof body !== 'object' || body === null) return false;
  const { code, title, detail } = body as Record<string, unknown>;
  return [code, title, detail].every((text) => typeof text === 'string');
}

function listOf(list: unknown): readonly { pointer?: string; condition: string; detail: string }[] {
  return Array.isArray(list) ? (list as { condition: string; detail: string }[]) : [];
}
