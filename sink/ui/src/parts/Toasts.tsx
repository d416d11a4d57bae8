// Short messages about what was just done. What must not be missed stands on the page instead.
import { type ReactNode, createContext, useCallback, useContext, useState } from 'react';

import { Icon } from './Icon';

type Tone = 'good' | 'high';
type Say = (text: string, tone?: Tone) => void;

interface Toast {
  id: number;
  text: string;
  tone: Tone;
}

const SHOWN_MS = 6000;
const MOST = 4;

const Context = createContext<Say>(() => undefined);
let last = 0;

/** Returns what shows a message. */
export function useToast(): Say {
  return useContext(Context);
}

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const drop = useCallback((id: number) => {
    setToasts((shown) => shown.filter((toast) => toast.id !== id));
  }, []);
  const say = useCallback<Say>(
    (text, tone = 'good') => {
      last += 1;
      const id = last;
      setToasts((shown) => [...shown, { id, text, tone }].slice(-MOST));
      window.setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  return (
    <Context value={say}>
      {children}
      <div className="toasts" role="status" aria-label="Messages">
        {toasts.map((toast) => (
          <div key={toast.id} className="toast" data-tone={toast.tone}>
            <span className="wrap-anywhere">{toast.text}</span>
            <button
              type="button"
              className="button"
              data-kind="plain"
              data-size="small"
              aria-label="Dismiss"
              onClick={() => drop(toast.id)}
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </Context>
  );
}
