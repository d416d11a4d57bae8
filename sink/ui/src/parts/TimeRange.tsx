// From when to when a list goes: a span up to now, or two exact times.
import { type FormEvent, useState } from 'react';

import { usePreference } from '../shell/preference';
import { type Zone, zonePreference } from '../shell/zone';
import { Dialog } from './Dialog';
import { ALL_TIMES, type Filter } from './filter';

const SPANS: [string, string][] = [
  ['-15m', 'Last 15 minutes'],
  ['-1h', 'Last hour'],
  ['-24h', 'Last 24 hours'],
  ['-7d', 'Last 7 days'],
  ['-30d', 'Last 30 days'],
  [ALL_TIMES, 'All times'],
];
const EXACT = 'exact';

/** A time as a field for times has it, in a zone. */
function written(time: number, zone: Zone): string {
  const shift = zone === 'utc' ? 0 : new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - shift).toISOString().slice(0, 19);
}

function read(text: string, zone: Zone): string {
  return new Date(zone === 'utc' ? `${text}Z` : text).toISOString();
}

export function TimeRange({ filter }: { filter: Filter }) {
  const [isOpen, setOpen] = useState(false);
  const isSpan = filter.to === '' && SPANS.some(([span]) => span === filter.from);
  return (
    <>
      <select
        className="select"
        aria-label="Time"
        value={isSpan ? filter.from : EXACT}
        onChange={(event) => {
          if (event.target.value === EXACT) {
            setOpen(true);
          } else {
            filter.change({ from: event.target.value, to: [] });
          }
        }}
      >
        {SPANS.map(([span, name]) => (
          <option key={span} value={span}>
            {name}
          </option>
        ))}
        <option value={EXACT}>{isSpan ? 'Between…' : 'Between two times'}</option>
      </select>
      {isSpan ? null : (
        <button type="button" className="button" onClick={() => setOpen(true)}>
          Change
        </button>
      )}
      {isOpen ? <Between filter={filter} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Between({ filter, onClose }: { filter: Filter; onClose: () => void }) {
  const zone = usePreference(zonePreference);
  const begin = Date.parse(filter.from);
  const end = Date.parse(filter.to);
  const now = Date.now();
  const keep = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const times = ['from', 'to'].map((name) => said.get(name)).map((it) => (typeof it === 'string' ? it : ''));
    const [from = '', to = ''] = times.map((text) => read(text, zone)).sort();
    filter.change({ from, to });
    onClose();
  };
  return (
    <Dialog title={`Between two times (${zone === 'utc' ? 'UTC' : 'local'})`} onClose={onClose}>
      <form className="stack" onSubmit={keep}>
        <div className="field">
          <label htmlFor="time-from">From</label>
          <input
            id="time-from"
            name="from"
            className="input"
            type="datetime-local"
            step={1}
            required
            defaultValue={written(Number.isNaN(begin) ? now - 86_400_000 : begin, zone)}
          />
        </div>
        <div className="field">
          <label htmlFor="time-to">To</label>
          <input
            id="time-to"
            name="to"
            className="input"
            type="datetime-local"
            step={1}
            required
            defaultValue={written(Number.isNaN(end) ? now : end, zone)}
          />
        </div>
        <div className="row">
          <button type="submit" className="button" data-kind="primary">
            Show
          </button>
        </div>
      </form>
    </Dialog>
  );
}
