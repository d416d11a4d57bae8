// One dead letter: why it was refused, where it came from, and what it is made of, safe to look at.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { Drawer } from '../../parts/Dialog';
import { Loaded } from '../../parts/Notice';
import { Time } from '../../parts/Time';
import { useView } from '../../parts/view';
import { type Letter, bytesPath, bytesQuery } from './letters';
import { size } from './words';

interface LetterDrawerProps {
  letter: Letter;
  onSend: () => void;
  onClose: () => void;
}

export function LetterDrawer({ letter, onSend, onClose }: LetterDrawerProps) {
  const { source } = letter;
  const rows: [string, ReactNode][] = [
    ['Why', <span className="foreign">{letter.reason}</span>],
    ['Refused by', letter.stage],
    ['When', <Time value={letter.at} exact />],
    ['Meant for', letter.topic ? <code>{letter.topic}</code> : 'none of our topics'],
    ['Came from', source ? <code className="foreign">{`${source.topic} ${source.partition}:${source.offset}`}</code> : 'a hook, the System Log or an import'],
    ['Integration', <code className="foreign">{letter.key || 'not known'}</code>],
    ['Size', `${letter.size == null ? 'not known' : size(letter.size)}${letter.is_truncated ? ', of which the first 512 KiB were kept' : ''}`],
    ['Sent again', <Time value={letter.redriven_at} none="not yet" exact />],
    ['Stands at', <code>{`okta.dead-letters ${letter.id}`}</code>],
  ];
  return (
    <Drawer
      title="Dead letter"
      onClose={onClose}
      footer={
        <>
          <a className="button" href={bytesPath(letter.id)} download>
            Download
          </a>
          <button type="button" className="button" data-kind="primary" disabled={letter.redrive == null} onClick={onSend}>
            Send again
          </button>
        </>
      }
    >
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name} className="health-fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {letter.redrive == null ? <p className="muted">{whyNot(letter)}</p> : null}
      <Bytes id={letter.id} />
    </Drawer>
  );
}

function whyNot({ is_truncated: isTruncated }: Letter): string {
  return isTruncated
    ? 'It cannot be sent again, since only the first of it was kept. Send what it came from.'
    : 'Nobody sends it again, since it came from a topic that is none of ours.';
}

/** Bytes that are shown at most, as text and as numbers. */
const TEXT_BYTES = 16_384;
const HEX_BYTES = 4096;

function Bytes({ id }: { id: string }) {
  const [form, setForm] = useView('as', 'text');
  const query = useQuery(bytesQuery(id));
  const isHex = form === 'hex';
  return (
    <>
      <div className="spread">
        <h3>What it is made of</h3>
        <span className="health-forms" role="group" aria-label="Shown as">
          {['text', 'hex'].map((name) => (
            <button key={name} type="button" className="button" data-size="small" aria-pressed={isHex === (name === 'hex')} onClick={() => setForm(name)}>
              {name === 'hex' ? 'Bytes' : 'Text'}
            </button>
          ))}
        </span>
      </div>
      <Loaded query={query} what="the bytes">
        {(bytes) => {
          const most = isHex ? HEX_BYTES : TEXT_BYTES;
          const shown = bytes.subarray(0, most);
          return (
            <>
              <pre className="health-bytes foreign" data-hex={isHex || undefined} tabIndex={0} role="region" aria-label={isHex ? 'Bytes' : 'Text'}>
                {isHex ? <Hex bytes={shown} /> : <Text bytes={shown} />}
              </pre>
              {bytes.length > most ? <p className="muted">This is the first of {size(bytes.length)}. Download it to see the rest.</p> : null}
              {bytes.length === 0 ? <p className="muted">It is empty.</p> : null}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** What has no look of its own, or turns text around: C0 and C1, marks of direction, zero widths. */
const UNSEEN = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd])/;

/** As text; what is not seen is named. */
function Text({ bytes }: { bytes: Uint8Array }) {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return text.split(UNSEEN).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <mark key={at} title={part === '\ufffd' ? 'bytes that are no text' : 'a character that is not seen'}>
        {part === '\ufffd' ? '�' : `U+${part.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`}
      </mark>
    ),
  );
}

const ROW = 8;

/** Where, as numbers, and as letters where they are such. */
function Hex({ bytes }: { bytes: Uint8Array }) {
  const rows = Array.from({ length: Math.ceil(bytes.length / ROW) }, (_, row) => bytes.subarray(row * ROW, (row + 1) * ROW));
  const lines = rows.map((row, at) => {
    const numbers = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    return `${(at * ROW).toString(16).padStart(6, '0')}  ${numbers.padEnd(ROW * 3 - 1)}  ${letters}`;
  });
  return lines.join('\n');
}
