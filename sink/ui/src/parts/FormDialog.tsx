// A dialog that is a form: what is asked, what came of sending it, and the two ways out.
import type { FormEvent, ReactNode } from 'react';

import { Dialog } from './Dialog';
import { ErrorNotice } from './Notice';

interface FormDialogProps {
  title: ReactNode;
  /** What the button says, such as "Save". */
  action: string;
  /** What it says meanwhile. */
  busy?: string;
  /** What the button beside it says, which leaves all as it is. */
  leave?: string;
  /** Further buttons, between the two. */
  more?: ReactNode;
  isBusy: boolean;
  /** Why it could not be sent. */
  error: Error | null;
  /** The form says itself what is missing, not the browser. */
  noValidate?: boolean;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  onClose: () => void;
  children: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { title, action, busy = 'One moment…', leave = 'Cancel', more, isBusy, error, noValidate, onSubmit, onClose, children } = props;
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={onSubmit} noValidate={noValidate}>
        {children}
        {error ? <ErrorNotice error={error} /> : null}
        <div className="row">
          <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
            {isBusy ? busy : action}
          </button>
          {more}
          <button type="button" className="button" onClick={onClose}>
            {leave}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
