// Dead letters: listed, looked at, sent again.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';
import { ApiProblem, unreachable } from '../../api/problem';
import { many } from './words';

export type Letter = Schemas['DeadLetterDocument'];

/** What the list is narrowed to; empty: not. */
export interface LetterFilter {
  stage: string;
  topic: string;
  reason: string;
  sent: string;
}

const LOOK_MS = 5000;
const PAGE = 50;
/** How many are asked for at once when all are sent. */
const MANY = 200;

function asked(filter: LetterFilter, limit: number, cursor: string) {
  const several = (value: string) => (value === '' ? undefined : [value]);
  const one = (value: string) => (value === '' ? undefined : value);
  const query = {
    stage: several(filter.stage),
    topic: several(filter.topic),
    reason: one(filter.reason),
    sent: one(filter.sent),
    cursor: one(cursor),
    limit,
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

export const lettersQuery = (filter: LetterFilter) =>
  infiniteQueryOptions({
    queryKey: ['dead-letters', filter],
    queryFn: ({ pageParam, signal }) =>
      answered(api.GET('/api/v1/dead-letters', { params: { query: asked(filter, PAGE, pageParam) }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // Who reads further pages is not disturbed.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : LOOK_MS),
    placeholderData: (before) => before,
  });

/** How many fit, in words. */
export const countQuery = (filter: LetterFilter) =>
  queryOptions({
    queryKey: ['dead-letters', 'count', filter],
    queryFn: async ({ signal }) => {
      const query = asked(filter, MANY, '');
      const { letters, next_cursor: next } = await answered(api.GET('/api/v1/dead-letters', { params: { query }, signal }));
      return next == null ? many(letters.length) : `more than ${many(letters.length)}`;
    },
    gcTime: 0,
  });

/** The bytes of a letter. They never change. */
export const bytesQuery = (id: string) =>
  queryOptions({
    queryKey: ['dead-letters', 'bytes', id],
    queryFn: async ({ signal }) => {
      const answer = await fetch(bytesPath(id), { signal }).catch((cause: unknown) => {
        throw unreachable(cause);
      });
      if (!answer.ok) {
        throw ApiProblem.of(await answer.json().catch(() => undefined), answer.status);
      }
      return new Uint8Array(await answer.arrayBuffer());
    },
    staleTime: Infinity,
  });

export const bytesPath = (id: string) => `/api/v1/dead-letters/${encodeURIComponent(id)}/bytes`;

/** Who writes the topic that a letter is meant for sends it again. */
function send(letter: Letter, signal: AbortSignal) {
  const params = { path: { id: letter.id } };
  return letter.topic === 'okta.runtime-events'
    ? answered(api.POST('/api/v1/dead-letters/detector/{id}/redrive', { params, signal }))
    : answered(api.POST('/api/v1/dead-letters/ingest/{id}/redrive', { params, signal }));
}

/** What came of sending letters again. */
export interface Outcome {
  sent: number;
  /** How many were refused, by why. */
  refused: ReadonlyMap<string, number>;
  /** How many nobody can send. */
  left: number;
}

export const NOTHING: Outcome = { sent: 0, refused: new Map(), left: 0 };

/** How many letters an outcome is of. */
export function done({ sent, refused, left }: Outcome): number {
  return [...refused.values()].reduce((sum, count) => sum + count, sent + left);
}

/** Sends letters one after the other; `tell` hears of each. An answer that one is refused is no error. */
export async function sendAll(letters: AsyncIterable<Letter>, signal: AbortSignal, tell: (outcome: Outcome) => void): Promise<Outcome> {
  let outcome = NOTHING;
  for await (const letter of letters) {
    if (signal.aborted) {
      break;
    }
    if (letter.redrive == null) {
      outcome = { ...outcome, left: outcome.left + 1 };
    } else {
      const why = await send(letter, signal).then(
        () => undefined,
        (problem: unknown) => {
          // That it is out of reach is no word about this letter.
          if (!(problem instanceof ApiProblem) || problem.status === 0 || problem.status >= 500) {
            throw problem;
          }
          return problem.message;
        },
      );
      outcome =
        why === undefined
          ? { ...outcome, sent: outcome.sent + 1 }
          : { ...outcome, refused: new Map([...outcome.refused, [why, (outcome.refused.get(why) ?? 0) + 1]]) };
    }
    tell(outcome);
  }
  return outcome;
}

/** All letters that fit, page by page. */
export async function* all(filter: LetterFilter, signal: AbortSignal): AsyncGenerator<Letter> {
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = asked(filter, MANY, cursor);
    const page: Schemas['DeadLetterPage'] = await answered(api.GET('/api/v1/dead-letters', { params: { query }, signal }));
    yield* page.letters;
    cursor = page.next_cursor ?? undefined;
  }
}
