// Problem documents (RFC 9457), as the API answers when something is wrong.

/** What is wrong, and what to do about it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly type: string;
  /** The one thing to do, when the API names one. */
  readonly remedy: string | undefined;
  /** Everything that the document says. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, members: Record<string, unknown>) {
    const text = (name: string) => {
      const value = members[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    super(text('sentence') ?? sentence(text('detail')) ?? text('title') ?? `The server answers ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.type = text('type') ?? 'about:blank';
    this.remedy = text('remedy') ?? text('help');
    this.members = members;
  }

  static of(body: unknown, status: number): ApiProblem {
    const isDocument = typeof body === 'object' && body !== null && !Array.isArray(body);
    return new ApiProblem(status, isDocument ? (body as Record<string, unknown>) : {});
  }

  /** Whether the problem is of this kind of ours, such as `connected`. */
  is(kind: string): boolean {
    return this.type.endsWith(`:${kind}`);
  }
}

/** The problem that there was no answer. */
export function unreachable(cause: unknown): ApiProblem {
  if (cause instanceof ApiProblem) {
    return cause;
  }
  const why = cause instanceof Error && cause.name === 'AbortError' ? 'The request was broken off.' : undefined;
  return new ApiProblem(0, {
    sentence: why ?? 'Nightlatch cannot be reached.',
    remedy: 'See whether the server runs and this machine is connected, then try again.',
  });
}

/** A detail as a sentence of its own. */
function sentence(detail: string | undefined): string | undefined {
  if (detail === undefined) {
    return undefined;
  }
  const first = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
