// Dead letters are sent again: what will happen is said before, and what did after.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { Dialog } from '../../parts/Dialog';
import { ErrorNotice, Notice } from '../../parts/Notice';
import { type Letter, type LetterFilter, NOTHING, type Outcome, all, countQuery, done, sendAll } from './letters';
import { many, sentence } from './words';

interface SendDialogProps {
  /** One letter, or all that fit a filter. */
  what: Letter | LetterFilter;
  onClose: () => void;
}

const isOne = (what: Letter | LetterFilter): what is Letter => 'id' in what;

async function* only(letter: Letter): AsyncGenerator<Letter> {
  yield await Promise.resolve(letter);
}

export function SendDialog({ what, onClose }: SendDialogProps) {
  const client = useQueryClient();
  const running = useRef<AbortController>(undefined);
  const [soFar, setSoFar] = useState<Outcome>(NOTHING);
  const send = useMutation({
    mutationFn: () => {
      const controller = new AbortController();
      running.current = controller;
      setSoFar(NOTHING);
      const letters = isOne(what) ? only(what) : all(what, controller.signal);
      return sendAll(letters, controller.signal, setSoFar);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['dead-letters'], predicate: ({ queryKey }) => queryKey[1] !== 'bytes' }),
  });
  useEffect(() => () => running.current?.abort(), []);
  const isOver = send.isSuccess || send.isError;
  return (
    <Dialog
      title={isOne(what) ? 'Send the letter again' : 'Send all of them again'}
      onClose={onClose}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {isOver ? 'Close' : send.isPending ? 'Stop' : 'Cancel'}
          </button>
          {isOver ? null : (
            <button type="button" className="button" data-kind="primary" disabled={send.isPending} onClick={() => send.mutate()}>
              {send.isPending ? 'Sending…' : 'Send again'}
            </button>
          )}
        </>
      }
    >
      {send.isIdle ? <Before what={what} /> : null}
      {send.isPending ? (
        <p role="status">
          {many(done(soFar))} {done(soFar) === 1 ? 'letter' : 'letters'} done so far, {many(soFar.sent)} sent.
        </p>
      ) : null}
      {send.isError ? (
        <>
          <ErrorNotice error={send.error} retry={() => send.mutate()} />
          {done(soFar) > 0 ? <p>Until then {many(soFar.sent)} were sent. Those that are sent twice do no harm.</p> : null}
        </>
      ) : null}
      {send.isSuccess ? <After outcome={send.data} isOne={isOne(what)} /> : null}
    </Dialog>
  );
}

const ALL: LetterFilter = { stage: '', topic: '', reason: '', sent: '' };

function Before({ what }: { what: Letter | LetterFilter }) {
  const count = useQuery({ ...countQuery(isOne(what) ? ALL : what), enabled: !isOne(what) });
  return (
    <>
      {isOne(what) ? (
        <p>
          It goes to <code>{what.topic}</code> again.
        </p>
      ) : (
        <p>
          {count.data ?? 'All'} {count.data === '1' ? 'letter fits' : 'letters fit'} what the list is narrowed to. Each goes to the topic that it is
          meant for.
        </p>
      )}
      <ul className="plain-list">
        <li>What ingest has refused is read anew: it is sent when it is an event now, and is refused again when it is not.</li>
        <li>What the detector or the sink could not take goes through them again, with the rules of today.</li>
        <li>What is sent twice is shown once. Letters stay in this list, with when they were sent.</li>
      </ul>
    </>
  );
}

function After({ outcome, isOne: isSingle }: { outcome: Outcome; isOne: boolean }) {
  const { sent, refused, left } = outcome;
  const failed = [...refused.values()].reduce((sum, count) => sum + count, left);
  const words = isSingle
    ? sent === 1
      ? 'The letter is sent.'
      : 'The letter is not sent.'
    : `${many(sent)} ${sent === 1 ? 'letter is' : 'letters are'} sent${failed > 0 ? `, ${many(failed)} ${failed === 1 ? 'is' : 'are'} not` : ''}.`;
  return (
    <>
      <Notice
        tone={failed === 0 && sent > 0 ? 'good' : 'medium'}
        urgent
        what={words}
        todo={failed === 0 ? 'What becomes of it shows in the feed; if it is refused once more, it is a new letter.' : undefined}
      />
      {refused.size > 0 || left > 0 ? (
        <ul className="plain-list" aria-label="Why not">
          {[...refused].map(([why, count]) => (
            <li key={why}>
              {isSingle ? null : `${many(count)}: `}
              <span className="foreign">{sentence(why)}</span>
            </li>
          ))}
          {left > 0 ? <li>{many(left)}: only the first of it was kept, or it came from a topic that is none of ours.</li> : null}
        </ul>
      ) : null}
    </>
  );
}
