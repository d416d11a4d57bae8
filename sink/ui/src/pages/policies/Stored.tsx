// Events that are stored, to be picked: those that were detected, or all that happened.
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { answered, api } from '../../api/client';
import { ErrorNotice, Loaded } from '../../parts/Notice';
import { Time } from '../../parts/Time';
import { useView } from '../../parts/view';
import { happenedQuery, storedQuery } from './queries';

/** An event as the list shows it. */
interface Shown {
  id: string;
  type: string | null | undefined;
  who: string | null | undefined;
  when: string;
}

export function Stored({ onPick }: { onPick: (raw: string) => void }) {
  const [typed, setTyped] = useState('');
  const [words, setWords] = useState('');
  const [from, setFrom] = useView('from', 'detections');
  const search = (event: FormEvent) => {
    event.preventDefault();
    setWords(typed.trim());
  };
  return (
    <section className="panel policies-stored" aria-label="Stored events">
      <div className="policies-kinds" role="group" aria-label="Which events">
        <button type="button" aria-pressed={from !== 'activity'} onClick={() => setFrom('detections')}>
          Detections
        </button>
        <button type="button" aria-pressed={from === 'activity'} onClick={() => setFrom('activity')}>
          All activity
        </button>
      </div>
      <form className="row" role="search" onSubmit={search}>
        <input
          className="input"
          type="search"
          aria-label="Words of the event"
          placeholder="Words, a login, an address"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="button">
          Find
        </button>
      </form>
      {from === 'activity' ? <Happened words={words} onPick={onPick} /> : <Detected words={words} onPick={onPick} />}
    </section>
  );
}

interface FoundProps {
  words: string;
  onPick: (raw: string) => void;
}

function Detected({ words, onPick }: FoundProps) {
  const query = useQuery(storedQuery(words));
  return (
    <Loaded query={query} what="the detections">
      {({ events }) => {
        const whole = events.flatMap((it) => (it.event?.raw ? [{ it, raw: it.event.raw }] : []));
        const shown = whole.map(({ it }) => ({
          id: it.id,
          type: it.event?.type,
          who: it.actor?.login ?? it.actor?.name,
          when: it.occurred_at,
        }));
        return <List events={shown} onChoose={(at) => onPick(whole[at]?.raw ?? '')} />;
      }}
    </Loaded>
  );
}

/** All of Okta's events; the JSON of one is read when it is picked. */
function Happened({ words, onPick }: FoundProps) {
  const query = useQuery(happenedQuery(words));
  const read = useMutation({
    mutationFn: (uuid: string) => answered(api.GET('/api/v1/activity/{uuid}', { params: { path: { uuid } } })),
    onSuccess: ({ raw }) => onPick(raw),
  });
  return (
    <Loaded query={query} what="the activity">
      {({ events }) => {
        const shown = events.map((it) => ({
          id: it.uuid,
          type: it.event_type,
          who: it.actor?.login ?? it.actor?.name,
          when: it.occurred_at,
        }));
        return (
          <>
            {read.error ? <ErrorNotice error={read.error} /> : null}
            <List events={shown} onChoose={(at) => read.mutate(events[at]?.uuid ?? '')} />
          </>
        );
      }}
    </Loaded>
  );
}

function List({ events, onChoose }: { events: readonly Shown[]; onChoose: (at: number) => void }) {
  if (events.length === 0) {
    return <p className="muted">No stored event fits. Search for other words, or paste an event.</p>;
  }
  return (
    <ul>
      {events.map(({ id, type, who, when }, at) => (
        <li key={id}>
          <button type="button" onClick={() => onChoose(at)}>
            <code className="foreign">{type ?? 'no type'}</code>
            <span className="sub">
              <span className="foreign">{who ?? 'nobody'}</span>, <Time value={when} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
