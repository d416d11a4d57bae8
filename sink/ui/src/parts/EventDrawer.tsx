// An event of a list in a drawer that has an address of its own, with ways to its neighbours.
import type { ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router';

import { CopyButton } from './CopyButton';
import { Drawer } from './Dialog';
import { Icon } from './Icon';

interface EventDrawerProps {
  title: string;
  /** The list's address; the event's is below it. */
  page: string;
  id: string;
  /** The ids of the list, in its order. */
  ids: readonly string[];
  children: ReactNode;
}

/** The address of an event of a list. */
export function eventPath(page: string, id: string): string {
  return `${page}/${encodeURIComponent(id)}`;
}

export function EventDrawer({ title, page, id, ids, children }: EventDrawerProps) {
  const { search } = useLocation();
  const navigate = useNavigate();
  const go = (pathname: string) => void navigate({ pathname, search }, { preventScrollReset: true });
  const at = ids.indexOf(id);
  const step = (to: string | undefined, label: string, icon: 'left' | 'right') => (
    <button
      type="button"
      className="button"
      data-kind="plain"
      aria-label={label}
      title={`${label} (${icon === 'left' ? 'k' : 'j'})`}
      disabled={at < 0 || to === undefined}
      onClick={() => to !== undefined && go(eventPath(page, to))}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <Drawer
      title={<span className="foreign">{title}</span>}
      onClose={() => go(page)}
      tools={
        <>
          {step(ids[at - 1], 'Newer event', 'left')}
          {step(ids[at + 1], 'Older event', 'right')}
          <CopyButton text={`${window.location.origin}${eventPath(page, id)}`} what="the link to this event" />
        </>
      }
    >
      {children}
    </Drawer>
  );
}
