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

  /** Whether the server does not know who asks. Nobody whom it knows is refused for the refusals of his address. */
  get isUnknown(): boolean {
    return this.code === 'token_missing' || this.code === 'too_many_refused';
  }

  /** Whether what was asked for may have been done all the same: no answer came, or one of a server in trouble. */
  get mayBeDone(): boolean {
    return this.status === 0 || this.status >= 500;
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
    ...inWords(body, response.headers.get('retry-after')),
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

/** The server's words are for programs too; where those say nothing to a person, ours. */
function inWords(
  { code, title, detail }: ProblemBody,
  retryAfter: string | null,
): { title: string; detail: string } {
  if (code !== 'too_many_refused') return { title, detail };
  const wait = retryAfter === null ? 'a minute' : `${retryAfter} s`;
  return {
    title: 'Too many sign-ins from this address were refused',
    detail: `Look whether the token or link is right and still good; if it is, it signs in at once. Another try is judged in ${wait}.`,
  };
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
