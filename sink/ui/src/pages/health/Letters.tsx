// The dead letters: what could not be taken, why, and the way back.
import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import './health.css';
import { Icon } from '../../parts/Icon';
import { Empty, Loaded } from '../../parts/Notice';
import { Page } from '../../parts/Page';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { useView } from '../../parts/view';
import { HealthTabs } from './HealthTabs';
import { LetterDrawer } from './LetterDrawer';
import { type Letter, type LetterFilter, lettersQuery } from './letters';
import { SendDialog } from './SendDialog';
import { size } from './words';

export function Component() {
  const [stage, setStage] = useView('stage');
  const [topic, setTopic] = useView('topic');
  const [reason, setReason] = useView('reason');
  const [sent, setSent] = useView('sent');
  const [opened, setOpened] = useView('letter');
  const filter: LetterFilter = { stage, topic, reason, sent };
  const isNarrowed = Object.values(filter).some((value) => value !== '');
  const [sending, setSending] = useState<Letter | LetterFilter>();
  const query = useInfiniteQuery(lettersQuery(filter));
  const letters = query.data?.pages.flatMap((page) => page.letters) ?? [];
  // Who reads one keeps it, though newer ones push it out of the list.
  const [kept, setKept] = useState<Letter>();
  const found = letters.find((it) => it.id === opened);
  if (found && found !== kept) {
    setKept(found);
  }
  const letter = found ?? (kept?.id === opened ? kept : undefined);
  return (
    <Page
      title="Dead letters"
      trail={[['Health', '/health']]}
      lead="What a service could not take. Nothing of it is lost: each says why, and can be sent again once that is mended."
      actions={
        letters.length > 0 ? (
          <button type="button" className="button" onClick={() => setSending(filter)}>
            {isNarrowed ? 'Send all of these again…' : 'Send all again…'}
          </button>
        ) : undefined
      }
    >
      <HealthTabs />
      <div className="health-filters">
        <Choice label="Refused by" value={stage} onChange={setStage} choices={[['', 'Anyone'], ['ingest', 'Ingest'], ['detector', 'Detector'], ['sink', 'Sink']]} />
        <Choice
          label="Meant for"
          value={topic}
          onChange={setTopic}
          choices={[
            ['', 'Any topic'],
            ['okta.events', 'okta.events'],
            ['okta.runtime-events', 'okta.runtime-events'],
          ]}
        />
        <Choice label="Sent again" value={sent} onChange={setSent} choices={[['', 'Either'], ['false', 'Not yet'], ['true', 'Yes']]} />
        <Words value={reason} onChange={setReason} />
      </div>
      <Loaded query={{ data: query.data, error: query.error, refetch: () => void query.refetch() }} what="the dead letters">
        {() =>
          letters.length === 0 && !query.hasNextPage ? (
            <None isNarrowed={isNarrowed} />
          ) : (
            <>
              <Table caption="Dead letters" columns={columns(setOpened, setSending)} rows={letters} rowKey={(it) => it.id} onOpen={(it) => setOpened(it.id, true)} />
              {query.hasNextPage ? (
                <p className="health-more">
                  <button type="button" className="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    {query.isFetchingNextPage ? 'One moment…' : 'Show older ones'}
                  </button>
                </p>
              ) : null}
            </>
          )
        }
      </Loaded>
      {letter && sending === undefined ? (
        <LetterDrawer letter={letter} onSend={() => setSending(letter)} onClose={() => setOpened('')} />
      ) : null}
      {sending ? <SendDialog what={sending} onClose={() => setSending(undefined)} /> : null}
    </Page>
  );
}

function None({ isNarrowed }: { isNarrowed: boolean }) {
  return isNarrowed ? (
    <Empty title="No dead letter fits">Narrow the list to less, or look at all of them.</Empty>
  ) : (
    <Empty title="There are no dead letters">Everything that came could be taken. What cannot be is kept here, with why.</Empty>
  );
}

function columns(open: (id: string, push: boolean) => void, send: (letter: Letter) => void): Column<Letter>[] {
  return [
    {
      id: 'why',
      head: 'Why',
      names: true,
      cell: (it) => (
        <button type="button" className="health-open" onClick={() => open(it.id, true)}>
          <span className="foreign health-why">{it.reason}</span>
        </button>
      ),
    },
    { id: 'when', head: 'When', width: '120px', cell: (it) => <Time value={it.at} /> },
    {
      id: 'stage',
      head: 'Refused by',
      width: '170px',
      cell: (it) => (
        <>
          {it.stage}
          <div className="sub wrap-anywhere">{it.topic ? `meant for ${it.topic}` : 'meant for none of our topics'}</div>
        </>
      ),
    },
    { id: 'size', head: 'Size', width: '90px', align: 'right', cell: (it) => (it.size == null ? '–' : size(it.size)) },
    { id: 'sent', head: 'Sent again', width: '120px', cell: (it) => <Time value={it.redriven_at} none="not yet" /> },
    {
      id: 'send',
      head: 'Change',
      width: '120px',
      cell: (it) => (
        <button type="button" className="button" data-size="small" disabled={it.redrive == null} aria-label={`Send again ${it.id}`} onClick={() => send(it)}>
          Send again
        </button>
      ),
    },
  ];
}

interface ChoiceProps {
  label: string;
  value: string;
  choices: [string, string][];
  onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <label>
      <span className="muted">{label}</span>
      <select className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Words({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = new FormData(event.currentTarget).get('reason');
    onChange(typeof words === 'string' ? words.trim() : '');
  };
  return (
    <form className="row health-words" role="search" aria-label="Dead letters" onSubmit={find}>
      <input key={value} className="input" type="search" name="reason" aria-label="A part of the reason" placeholder="A part of the reason" defaultValue={value} data-search />
      <button type="submit" className="button">
        <Icon name="search" />
        Find
      </button>
    </form>
  );
}
