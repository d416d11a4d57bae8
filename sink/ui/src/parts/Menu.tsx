// A button with a menu of further actions, with the keys that menus have. The menu stands above all else of
// the page: a table that scrolls does not cut it off.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';

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

/** Between the button and its menu, and between the menu and the edge of the window. */
const GAP = 4;

/** Where a menu stands: below its button or, where there is no room, above it. */
function placeOf(button: DOMRect, menu: DOMRect): { top: number; left: number } {
  const below = button.bottom + GAP;
  const above = button.top - GAP - menu.height;
  const top = below + menu.height > window.innerHeight && above > 0 ? above : below;
  return { top, left: Math.max(GAP, button.right - menu.width) };
}

export function Menu({ label, items, face }: { label: string; items: MenuItem[]; face?: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();
  const [place, setPlace] = useState({ top: 0, left: 0 });
  // After each drawing: what comes into an open menu makes it larger.
  useLayoutEffect(() => {
    if (isOpen && button.current && menu.current) {
      const to = placeOf(button.current.getBoundingClientRect(), menu.current.getBoundingClientRect());
      setPlace((now) => (now.top === to.top && now.left === to.left ? now : to));
    }
  });
  useEffect(() => {
    if (!isOpen) {
      return;
    }
    menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus({ preventScroll: true });
    const leave = (event: PointerEvent) => {
      if (event.target instanceof Node && !anchor.current?.contains(event.target)) {
        setOpen(false);
      }
    };
    // It would stay where its button no longer is.
    const move = (event: Event) => {
      if (!(event.target instanceof Node && menu.current?.contains(event.target))) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', leave);
    window.addEventListener('scroll', move, true);
    window.addEventListener('resize', move);
    return () => {
      document.removeEventListener('pointerdown', leave);
      window.removeEventListener('scroll', move, true);
      window.removeEventListener('resize', move);
    };
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
        <div className="menu" style={place} role="menu" id={id} aria-label={label} ref={menu} onKeyDown={move} tabIndex={-1}>
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
