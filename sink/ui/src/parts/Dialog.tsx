// What opens over a page: the browser's own <dialog> keeps the focus, ends with Escape and hides the rest
// from those who do not see it.
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

import { Icon } from './Icon';

interface OverProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  /** Beside the title, such as links. */
  tools?: ReactNode;
}

/** A dialog in the middle. Draw it while it is open. */
export function Dialog(props: OverProps) {
  return <Over className="dialog" {...props} />;
}

/** A drawer at the right, for the details of what was chosen in a list. */
export function Drawer(props: OverProps) {
  return <Over className="drawer" {...props} />;
}

function Over({ title, onClose, children, footer, tools, className }: OverProps & { className: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close();
      // Gone from the page by now: the browser no longer gives the focus back.
      if (before instanceof HTMLElement) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // Beside the dialog: on its backdrop.
        if (event.target === dialog.current) {
          onClose();
        }
      }}
    >
      <div className="over-head">
        <h2 id={heading}>{title}</h2>
        <div className="row">
          {tools}
          <button type="button" className="button" data-kind="plain" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
      </div>
      <div className="body">{children}</div>
      {footer ? <div className="over-foot">{footer}</div> : null}
    </dialog>
  );
}

interface TypedConfirmationProps {
  title: ReactNode;
  /** What has to be typed. */
  word: string;
  /** What the button says, such as "Delete". */
  action: string;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog for what cannot be undone: its button works once the word is typed. */
export function TypedConfirmation(props: TypedConfirmationProps) {
  const { title, word, action, isBusy, onConfirm, onClose, children } = props;
  const [typed, setTyped] = useState('');
  const field = useId();
  const isTyped = typed.trim() === word;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="button"
            data-kind="danger"
            disabled={!isTyped || isBusy}
            onClick={onConfirm}
          >
            {isBusy ? 'One moment…' : action}
          </button>
        </>
      }
    >
      {children}
      <div className="field">
        <label htmlFor={field}>
          Type <code className="foreign">{word}</code> to go on
        </label>
        <input
          id={field}
          className="input"
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
    </Dialog>
  );
}
