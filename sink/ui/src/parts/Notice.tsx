// What stands where something else should: nothing there yet, on its way, gone wrong. Each says what to
// do next.
import type { ReactNode } from 'react';

import { ApiProblem } from '../api/problem';

interface NoticeProps {
  tone?: 'high' | 'medium' | 'good' | 'info';
  /** One sentence: what is so. */
  what: ReactNode;
  /** One sentence: what to do. */
  todo?: ReactNode;
  /** Small print: codes, ids. */
  more?: ReactNode;
  /** Below it, as wide as it is. */
  below?: ReactNode;
  /** Buttons and links. */
  children?: ReactNode;
  /** Read out at once. */
  urgent?: boolean;
}

export function Notice({ tone, what, todo, more, below, children, urgent = false }: NoticeProps) {
  return (
    <div className="notice" data-tone={tone} role={urgent ? 'alert' : undefined}>
      <p className="what wrap-anywhere">{what}</p>
      {todo ? <p className="wrap-anywhere">{todo}</p> : null}
      {more ? <p className="more wrap-anywhere">{more}</p> : null}
      {below}
      {children ? <div className="row">{children}</div> : null}
    </div>
  );
}

/** An error with its remedy, and a way to try again. */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : undefined;
  const what = problem?.message ?? (error instanceof Error ? error.message : 'Something went wrong.');
  const codes = ['code', 'error_id'].flatMap((name) => {
    const value = problem?.members[name];
    return typeof value === 'string' ? [value] : [];
  });
  return (
    <Notice
      tone="high"
      urgent
      what={what}
      todo={problem?.remedy}
      more={codes.length > 0 ? `For Okta's support: ${codes.join(', ')}` : undefined}
    >
      {retry ? (
        <button type="button" className="button" data-size="small" onClick={retry}>
          Try again
        </button>
      ) : null}
    </Notice>
  );
}

/** Nothing there, and what to do to change that. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

/** On its way. */
export function Loading({ what, lines = 5 }: { what: string; lines?: number }) {
  return (
    <div className="loading" role="status">
      <p className="visually-hidden">Loading {what}.</p>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  );
}

interface QueryState<T> {
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
}

/** Shows what a query got; until then that it loads, or what went wrong. */
export function Loaded<T>({
  query,
  what,
  children,
}: {
  query: QueryState<T>;
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error ? <ErrorNotice error={query.error} retry={() => void query.refetch()} /> : null}
        {children(query.data)}
      </>
    );
  }
  return query.error ? (
    <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  ) : (
    <Loading what={what} />
  );
}
