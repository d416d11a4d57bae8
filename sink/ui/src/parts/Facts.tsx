// Facts about what was chosen, in sections.
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { closed } from './foreign';

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="events-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** A fact of a `<dl className="facts">`; without a value it is left out. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return children === null || children === undefined || children === '' ? null : (
    <>
      <dt>{name}</dt>
      <dd className="foreign">{children}</dd>
    </>
  );
}

/** A text of Okta's, as a link to its page where it has one. */
export function Linked({ to, children }: { to: string | undefined; children: string }) {
  return to === undefined ? (
    <span className="foreign">{closed(children)}</span>
  ) : (
    <Link className="foreign" to={to}>
      {closed(children)}
    </Link>
  );
}
