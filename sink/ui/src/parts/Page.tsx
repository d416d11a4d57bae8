// A page: its title, which the browser's tab and a screen reader tell as well, its actions, its content.
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';

import { isolated } from './foreign';

interface PageProps {
  title: string;
  /** One or two sentences below the title. */
  lead?: ReactNode;
  /** Where the page belongs: name and address of those above it. */
  trail?: [string, string][];
  /** Beside the title, such as chips. */
  beside?: ReactNode;
  actions?: ReactNode;
  /** Uses all of the window's width. */
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, lead, trail, beside, actions, wide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${isolated(title)} · Nightlatch`;
  }, [title]);
  return (
    <div className="page" data-wide={wide || undefined}>
      <header className="page-head">
        <div>
          {trail ? (
            <nav aria-label="Above this page" className="trail">
              {trail.map(([name, address]) => (
                <span key={address}>
                  <Link to={address}>{name}</Link>
                  {' / '}
                </span>
              ))}
            </nav>
          ) : null}
          <div className="row">
            <h1 tabIndex={-1} className="foreign">
              {title}
            </h1>
            {beside}
          </div>
          {lead ? <div className="lead">{lead}</div> : null}
        </div>
        {actions ? <div className="row">{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with a heading. */
export function Panel({ title, tools, children }: { title: ReactNode; tools?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel">
      <header>
        <h2>{title}</h2>
        {tools}
      </header>
      <div className="body">{children}</div>
    </section>
  );
}
