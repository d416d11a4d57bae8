// The bar on top: search, the live dot, and what a person chooses for this browser.
import { type FormEvent, useId, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';

import { type LiveState, useLiveState } from '../api/live';
import { SECTIONS } from '../pages';
import { Dialog } from '../parts/Dialog';
import { Icon } from '../parts/Icon';
import { authorPreference, isAuthor } from './author';
import { usePreference } from './preference';
import { type Theme, themePreference } from './theme';
import { zonePreference } from './zone';

export function TopBar() {
  return (
    <header className="top-bar">
      <Link className="brand" to="/" aria-label="Nightlatch">
        <img src="/icon.svg" alt="" />
      </Link>
      <TopSearch />
      <LiveDot />
      <ZoneSwitch />
      <ThemeSwitch />
      <AuthorButton />
    </header>
  );
}

/** Searches the feed from any page; pages that list events have a box of their own. */
function TopSearch() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const hasFeed = SECTIONS.some((section) => section.path === '/feed');
  const hasOwn = pathname.startsWith('/feed') || pathname.startsWith('/activity');
  if (!hasFeed || hasOwn) {
    return <span className="top-space" />;
  }
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = new FormData(event.currentTarget).get('q');
    void navigate(`/feed?${new URLSearchParams({ q: typeof words === 'string' ? words : '' }).toString()}`);
  };
  return (
    <form className="top-search" role="search" onSubmit={search}>
      <input className="input" type="search" name="q" aria-label="Search the feed" placeholder="Search the feed" data-search />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

const LIVE: Record<LiveState, [string, string]> = {
  waiting: ['Connecting', 'Connecting to the stream of events.'],
  live: ['Live', 'Events show as they arrive.'],
  lost: ['Not connected', 'The stream of events is broken off; it is tried again every few seconds.'],
  resting: ['Resting', 'Nobody looks at this tab, so it does not follow the stream.'],
};

function LiveDot() {
  const state = useLiveState();
  const [word, words] = LIVE[state];
  return (
    <span className="live" data-state={state} role="status" title={words}>
      {word}
    </span>
  );
}

function ZoneSwitch() {
  const zone = usePreference(zonePreference);
  const isUtc = zone === 'utc';
  return (
    <button
      type="button"
      className="button"
      data-kind="plain"
      title="Switches all times between this machine's zone and UTC"
      aria-label={`Times are shown in ${isUtc ? 'UTC' : 'local time'}; switch`}
      onClick={() => zonePreference.set(isUtc ? 'local' : 'utc')}
    >
      {isUtc ? 'UTC' : 'Local'}
    </button>
  );
}

const THEMES: Record<Theme, [Theme, 'system' | 'sun' | 'moon', string]> = {
  system: ['light', 'system', 'as the system has it'],
  light: ['dark', 'sun', 'light'],
  dark: ['system', 'moon', 'dark'],
};

function ThemeSwitch() {
  const theme = usePreference(themePreference);
  const [next, icon, words] = THEMES[theme];
  return (
    <button
      type="button"
      className="button"
      data-kind="plain"
      aria-label={`Colours are ${words}; switch`}
      title={`Colours are ${words}`}
      onClick={() => themePreference.set(next)}
    >
      <Icon name={icon} />
    </button>
  );
}

function AuthorButton() {
  const name = usePreference(authorPreference);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button"
        data-kind="plain"
        aria-label={name === '' ? 'Say who you are' : `You are ${name}; change`}
        title={name === '' ? 'Say who you are' : name}
        onClick={() => setOpen(true)}
      >
        <Icon name="person" />
      </button>
      {isOpen ? <AuthorDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

/** Asks for the name that is written beside changes. */
export function AuthorDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState(authorPreference.get());
  const field = useId();
  const isRight = isAuthor(name);
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (isRight) {
      authorPreference.set(name.trim());
      onClose();
    }
  };
  return (
    <Dialog title="Who you are" onClose={onClose}>
      <form className="stack" onSubmit={keep}>
        <p>Your name is written beside what you change. It is kept in this browser; nobody checks it.</p>
        <div className="field">
          <label htmlFor={field}>Name</label>
          <input
            id={field}
            className="input"
            value={name}
            maxLength={100}
            autoComplete="name"
            aria-invalid={!isRight}
            aria-describedby={`${field}-hint`}
            onChange={(event) => setName(event.target.value)}
          />
          <span id={`${field}-hint`} className={isRight ? 'hint' : 'wrong'}>
            {isRight ? 'Such as ann@acme.com.' : 'Use letters without accents, digits and signs.'}
          </span>
        </div>
        <div className="row">
          <button type="submit" className="button" data-kind="primary">
            Keep
          </button>
        </div>
      </form>
    </Dialog>
  );
}
