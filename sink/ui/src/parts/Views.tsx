// The saved views of a page: opened, saved, renamed, deleted.
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';

import { Signed } from '../shell/Signed';
import { Dialog } from './Dialog';
import { FormDialog } from './FormDialog';
import { Menu } from './Menu';
import { Empty, ErrorNotice } from './Notice';
import { Time } from './Time';
import { useToast } from './Toasts';
import { isolated } from './foreign';
import { type SavedView, inOrder, useRemove, useSave, viewsQuery } from './saved';

const MAX_NAME = 100;

const addressOf = (view: SavedView) => ({ pathname: `/${view.page ?? ''}`, search: inOrder(view.query) });

/** `page`: the first part of its address, such as `feed`. */
export function Views({ page }: { page: string }) {
  const { data } = useQuery(viewsQuery);
  const { search } = useLocation();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'save' | 'manage'>();
  const close = () => setOpen(undefined);
  const views = (data?.views ?? [])
    .filter((view) => view.page === page)
    .sort((a, b) => a.name.localeCompare(b.name));
  const shown = views.find((view) => inOrder(view.query) === inOrder(search));
  const items = [
    ...views.map((view) => ({
      id: view.id,
      label: isolated(view.name),
      isChosen: view === shown,
      onChoose: () => void navigate(addressOf(view)),
    })),
    { label: 'Save this view…', isApart: views.length > 0, onChoose: () => setOpen('save') },
    ...(views.length > 0 ? [{ label: 'Manage views…', onChoose: () => setOpen('manage') }] : []),
  ];
  const face = shown?.name ?? 'Views';
  return (
    <>
      <Menu
        label={shown ? `View ${isolated(shown.name)}` : 'Views'}
        face={<span className="foreign events-line views-face">{face}</span>}
        items={items}
      />
      {open === 'save' ? (
        <Signed onClose={close}>
          <SaveDialog page={page} query={inOrder(search)} views={views} shown={shown} onClose={close} />
        </Signed>
      ) : null}
      {open === 'manage' ? (
        <Signed onClose={close}>
          <ManageDialog views={views} onClose={close} />
        </Signed>
      ) : null}
    </>
  );
}

interface SaveDialogProps {
  page: string;
  query: string;
  views: SavedView[];
  /** The view that the page shows already. */
  shown: SavedView | undefined;
  onClose: () => void;
}

function SaveDialog({ page, query, views, shown, onClose }: SaveDialogProps) {
  const save = useSave();
  const toast = useToast();
  const [name, setName] = useState(shown?.name ?? '');
  const id = useId();
  const replaced = views.find((view) => view.name === name.trim());
  const keep = (event: FormEvent) => {
    event.preventDefault();
    const wanted = { name: name.trim(), page, query, replaced };
    save.mutate(wanted, {
      onSuccess: () => {
        toast(`The view ${isolated(wanted.name)} is saved.`);
        onClose();
      },
    });
  };
  return (
    <FormDialog
      title="Save this view"
      action={replaced ? 'Replace' : 'Save'}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={keep}
      onClose={onClose}
    >
      <p>What the page shows now, its search, filters and time, is kept under a name. Everybody here sees it.</p>
      <div className="field">
        <label htmlFor={id}>Name</label>
        <input
          id={id}
          className="input"
          value={name}
          maxLength={MAX_NAME}
          required
          pattern=".*\S.*"
          autoComplete="off"
          aria-describedby={`${id}-hint`}
          onChange={(event) => setName(event.target.value)}
        />
        <span id={`${id}-hint`} className="hint">
          {replaced ? 'There is a view of this name; it is replaced.' : 'Such as “Grave and open”.'}
        </span>
      </div>
    </FormDialog>
  );
}

function ManageDialog({ views, onClose }: { views: SavedView[]; onClose: () => void }) {
  return (
    <Dialog title="Saved views" onClose={onClose}>
      {views.length === 0 ? (
        <Empty title="There are none">Save what a page shows, and it stands here.</Empty>
      ) : (
        <ul className="views-list" aria-label="Saved views">
          {views.map((view) => (
            <ManagedView key={view.id} view={view} onOpen={onClose} />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function ManagedView({ view, onOpen }: { view: SavedView; onOpen: () => void }) {
  const [doing, setDoing] = useState<'rename' | 'delete'>();
  const save = useSave();
  const remove = useRemove();
  const error = save.error ?? remove.error;
  const rename = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget).get('name');
    const name = typeof said === 'string' ? said.trim() : '';
    const wanted = { name, page: view.page ?? '', query: view.query, replaced: view };
    save.mutate(wanted, { onSuccess: () => setDoing(undefined) });
  };
  return (
    <li>
      {error ? <ErrorNotice error={error} /> : null}
      {doing === 'rename' ? (
        <form className="row" onSubmit={rename}>
          <input
            name="name"
            className="input"
            aria-label={`New name of ${isolated(view.name)}`}
            defaultValue={view.name}
            maxLength={MAX_NAME}
            required
            pattern=".*\S.*"
            autoFocus
          />
          <button type="submit" className="button" data-size="small" data-kind="primary" disabled={save.isPending}>
            Rename
          </button>
          <button type="button" className="button" data-size="small" onClick={() => setDoing(undefined)}>
            Cancel
          </button>
        </form>
      ) : (
        <div className="spread">
          <div>
            <Link className="foreign" to={addressOf(view)} onClick={onOpen}>
              {view.name}
            </Link>
            <div className="muted">
              <span className="foreign">{view.by}</span>, <Time value={view.at} />
            </div>
          </div>
          {doing === 'delete' ? (
            <div className="row">
              <button
                type="button"
                className="button"
                data-size="small"
                data-kind="danger"
                disabled={remove.isPending}
                onClick={() => remove.mutate(view, { onError: () => setDoing(undefined) })}
              >
                Delete for everybody
              </button>
              <button type="button" className="button" data-size="small" onClick={() => setDoing(undefined)}>
                Keep
              </button>
            </div>
          ) : (
            <div className="row">
              <button
                type="button"
                className="button"
                data-size="small"
                aria-label={`Rename ${isolated(view.name)}`}
                onClick={() => setDoing('rename')}
              >
                Rename
              </button>
              <button
                type="button"
                className="button"
                data-size="small"
                aria-label={`Delete ${isolated(view.name)}`}
                onClick={() => setDoing('delete')}
              >
                Delete
              </button>
            </div>
          )}
        </div>
      )}
    </li>
  );
}
