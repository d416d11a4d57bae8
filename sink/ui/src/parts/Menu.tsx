// A button with a menu of further actions, with the keys that menus have.
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';

import { Icon } from './Icon';

export interface MenuItem {
  /** Where labels may be alike. */
  id?: string;
  label: string;
  /** It is what is shown at the moment. */
  isChosen?: boolean;
  /** A line sets it off from those above. */
  isApart?: boolean;
  onChoose: () => void;
  danger?: boolean;
}

/** Pixels that a menu keeps from the sides of the window. */
const MARGIN = 8;

export function Menu({ label, items, face }: { label: string; items: MenuItem[]; face?: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();
  const right = usePlace(isOpen, anchor, menu);
  useEffect(() => {
    if (!isOpen) {
      return;
    }
    menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const leave = (event: PointerEvent) => {
      if (event.target instanceof Node && !anchor.current?.contains(event.target)) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', leave);
    return () => document.removeEventListener('pointerdown', leave);
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
  };
  return (
    <div className="menu-anchor" ref={anchor}>
      <button
        ref={button}
        type="button"
        className="button"
        data-kind={face ? undefined : 'plain'}
        data-size={face ? undefined : 'small'}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {face ?? <Icon name="more" />}
      </button>
      {isOpen ? (
        <div
          className="menu"
          role="menu"
          id={id}
          aria-label={label}
          ref={menu}
          style={{ right }}
          onKeyDown={move}
          tabIndex={-1}
        >
          {items.map((item) => (
            <button
              key={item.id ?? item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-current={item.isChosen || undefined}
              data-apart={item.isApart || undefined}
              data-kind={item.danger ? 'danger' : undefined}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Where the right side of an open menu is, from that of its button: all of it stays in the window. */
function usePlace(isOpen: boolean, anchor: RefObject<HTMLElement | null>, menu: RefObject<HTMLElement | null>): number {
  const [right, setRight] = useState(0);
  useLayoutEffect(() => {
    if (!isOpen) {
      return;
    }
    const place = () => {
      const end = anchor.current?.getBoundingClientRect().right ?? 0;
      const width = menu.current?.offsetWidth ?? 0;
      const most = document.documentElement.clientWidth - MARGIN - width;
      setRight(end - width - Math.max(MARGIN, Math.min(end - width, most)));
    };
    place();
    window.addEventListener('resize', place);
    return () => window.removeEventListener('resize', place);
  }, [isOpen, anchor, menu]);
  return right;
}
