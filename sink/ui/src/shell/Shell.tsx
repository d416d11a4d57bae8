// The frame around each page.
import { useEffect, useRef, useState } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';

import { SECTIONS } from '../pages';
import { Icon } from '../parts/Icon';
import { TopBar } from './TopBar';

export function Shell() {
  useSearchKey();
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <div className="shell">
        <Rail />
        <TopBar />
        <main id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Announcer />
      <ScrollRestoration />
    </>
  );
}

function Rail() {
  return (
    <nav className="rail" aria-label="Pages">
      <Link className="brand" to="/">
        <img src="/icon.svg" alt="" />
        Nightlatch
      </Link>
      <ul>
        {SECTIONS.map(({ rail, path }) =>
          rail ? (
            <li key={path}>
              <NavLink to={path}>
                <Icon name={rail.icon} />
                {rail.name}
              </NavLink>
            </li>
          ) : null,
        )}
      </ul>
      <p className="rail-foot">
        <a href="/openapi.json">API</a> · <a href="/asyncapi.json">Topics</a>
      </p>
    </nav>
  );
}

/** Tells of a new page and takes the focus to its title: what a browser does where pages are loaded. */
function Announcer() {
  const { pathname } = useLocation();
  const { state } = useNavigation();
  const told = useRef(pathname);
  const [words, setWords] = useState('');
  useEffect(() => {
    if (state !== 'idle' || told.current === pathname) {
      return;
    }
    told.current = pathname;
    setWords(document.title);
    const title = document.querySelector<HTMLElement>('main h1');
    if (!document.querySelector('dialog[open]')) {
      title?.focus({ preventScroll: true });
    }
  }, [pathname, state]);
  return (
    <p className="visually-hidden" role="status" aria-label="Page">
      {words}
    </p>
  );
}

/** `/` goes to the page's own search box (`data-search`), else to the one of the bar. */
function useSearchKey() {
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isText =
        event.target instanceof HTMLElement &&
        (event.target.isContentEditable || event.target.closest('input, textarea, select, [role=textbox]'));
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isText) {
        return;
      }
      const box =
        document.querySelector<HTMLInputElement>('main [data-search]') ??
        document.querySelector<HTMLInputElement>('[data-search]');
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);
}
