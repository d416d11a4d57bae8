// What was done when an integration was deleted.
import { useLocation, useNavigate } from 'react-router';

import { Notice } from '../../parts/Notice';
import { isolated } from '../../parts/foreign';
import type { DeletedState } from './DeleteDialog';

const HOOKS: Record<string, string> = {
  deleted: 'Its event hook was removed at Okta.',
  none: 'There was no event hook of it at Okta.',
};

/** Stands on the list until somebody has read it. */
export function DeletedNotice() {
  const location = useLocation();
  const navigate = useNavigate();
  const state = location.state as DeletedState | null;
  if (!state?.deleted) {
    return null;
  }
  const { hook, problem } = state.deleted;
  return (
    <div className="integrations-reason">
      <Notice
        tone={problem ? 'medium' : 'good'}
        urgent
        what={`${isolated(state.name)} is deleted. ${problem?.sentence ?? HOOKS[hook] ?? ''}`}
        todo={problem?.remedy}
        more="No event of it is taken any more. What was detected stays in the feed."
      >
        <button
          type="button"
          className="button"
          data-size="small"
          onClick={() => void navigate('.', { replace: true, state: null })}
        >
          Dismiss
        </button>
      </Notice>
    </div>
  );
}
