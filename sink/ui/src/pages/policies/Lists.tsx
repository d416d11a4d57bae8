// The lists that the rules of a policy name, each to be filled with what is known of one's own org.
import { type FormEvent, useState } from 'react';

import { Chip } from '../../parts/Chip';
import { FormDialog } from '../../parts/FormDialog';
import { Empty } from '../../parts/Notice';
import { type Column, Table } from '../../parts/Table';
import { useToast } from '../../parts/Toasts';
import { useChange } from './change';
import { Field, lines } from './fields';
import type { Policy } from './queries';

interface List {
  name: string;
  items: string[];
}

const SHOWN = 6;

export function Lists({ policy }: { policy: Policy }) {
  const lists = policy.lists as unknown as List[];
  const [edited, setEdited] = useState<List>();
  const isSet = (name: string) => Object.hasOwn(policy.tuning.lists ?? {}, name);
  if (lists.length === 0) {
    return <Empty title="Its rules name no list" />;
  }
  const columns: Column<List>[] = [
    {
      id: 'name',
      head: 'List',
      names: true,
      cell: (it) => (
        <span className="row">
          <code className="foreign">{it.name}</code>
          {isSet(it.name) ? <Chip tone="info">Set by you</Chip> : null}
        </span>
      ),
    },
    {
      id: 'items',
      head: 'Items',
      cell: (it) =>
        it.items.length === 0 ? (
          <span className="muted">none</span>
        ) : (
          <>
            <span className="foreign">{it.items.slice(0, SHOWN).join(', ')}</span>
            {it.items.length > SHOWN ? <span className="muted"> and {it.items.length - SHOWN} more</span> : null}
          </>
        ),
    },
    {
      id: 'change',
      head: 'Change',
      width: '110px',
      cell: (it) => (
        <button type="button" className="button" data-size="small" disabled={policy.read_only} aria-label={`Edit the list ${it.name}`} onClick={() => setEdited(it)}>
          Edit
        </button>
      ),
    },
  ];
  return (
    <>
      <Table caption="Lists" columns={columns} rows={lists} rowKey={(it) => it.name} />
      {edited ? <ListDialog policy={policy} list={edited} isSet={isSet(edited.name)} onClose={() => setEdited(undefined)} /> : null}
    </>
  );
}

function ListDialog({ policy, list, isSet, onClose }: { policy: Policy; list: List; isSet: boolean; onClose: () => void }) {
  const [text, setText] = useState(list.items.join('\n'));
  const change = useChange(false);
  const toast = useToast();
  const set = (items: string[] | null, note: string, words: string) =>
    change.mutate(
      { policy, tuning: { lists: { [list.name]: items } as never }, note },
      {
        onSuccess: () => {
          toast(words);
          onClose();
        },
      },
    );
  const save = (event: FormEvent) => {
    event.preventDefault();
    set(lines(text), `List ${list.name} filled.`, `${list.name} is filled, and its rules go by it.`);
  };
  return (
    <FormDialog
      title={<code className="foreign">{list.name}</code>}
      action="Save"
      more={
        isSet ? (
          <button
            type="button"
            className="button"
            disabled={change.isPending}
            onClick={() => set(null, `List ${list.name} as its rules have it.`, `${list.name} is as its rules have it.`)}
          >
            As its rules have it
          </button>
        ) : undefined
      }
      isBusy={change.isPending}
      error={change.error}
      noValidate
      onSubmit={save}
      onClose={onClose}
    >
      <Field label="Items" hint="Each on a line of its own." value={text} lines={10} onChange={setText} />
    </FormDialog>
  );
}
