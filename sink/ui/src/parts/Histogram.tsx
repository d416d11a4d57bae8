// Counts over time, stacked. A span of time is chosen by dragging over it, or by keys.
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';

import { usePreference } from '../shell/preference';
import { zonePreference } from '../shell/zone';
import type { Tone } from './Chip';
import { exactly } from './Time';

export interface Buckets {
  from?: string | null;
  to?: string | null;
  bucket_ms?: number | null;
  buckets: { from: string; total: number; counts: Record<string, number> }[];
}

interface HistogramProps {
  data: Buckets;
  /** What is stacked, from the bottom up, and its colour. */
  stack: readonly [string, Tone][];
  /** Such as "events". */
  what: string;
  onChoose: (from: string, to: string) => void;
}

const HEIGHT = 64;

export function Histogram({ data, stack, what, onChoose }: HistogramProps) {
  const zone = usePreference(zonePreference);
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  const { buckets } = data;
  const most = Math.max(1, ...buckets.map((bucket) => bucket.total));
  const last = buckets.length - 1;
  const ends = (index: number) => buckets[index + 1]?.from ?? data.to ?? '';
  const first = Math.min(at ?? 0, anchor ?? at ?? 0);
  const final = Math.max(at ?? 0, anchor ?? at ?? 0);
  const choose = () => {
    const from = buckets[first]?.from;
    if (from !== undefined) {
      onChoose(from, ends(final));
    }
    setAnchor(undefined);
  };
  const under = (event: PointerEvent) => {
    const place = frame.current?.getBoundingClientRect();
    const share = place ? (event.clientX - place.left) / place.width : 0;
    return Math.max(0, Math.min(last, Math.floor(share * buckets.length)));
  };
  const press = (event: KeyboardEvent) => {
    const now = at ?? last;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAnchor(event.shiftKey ? (anchor ?? now) : undefined);
      setAt(Math.max(0, Math.min(last, to)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose();
    } else if (event.key === 'Escape') {
      setAnchor(undefined);
    }
  };
  const told = (index: number, until: number) => {
    const inside = buckets.slice(index, until + 1);
    const total = inside.reduce((sum, bucket) => sum + bucket.total, 0);
    const from = inside[0]?.from;
    if (from === undefined) {
      return '';
    }
    const parts = stack.flatMap(([name]) => {
      const count = inside.reduce((sum, bucket) => sum + (bucket.counts[name] ?? 0), 0);
      return count > 0 ? [`${count.toLocaleString('en')} ${name}`] : [];
    });
    const span = `${exactly(Date.parse(from), zone)} to ${exactly(Date.parse(ends(until)), zone)}`;
    return `${span}: ${total.toLocaleString('en')} ${what}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
  };
  if (buckets.length === 0) {
    return <p className="histogram-none">No {what} in this time.</p>;
  }
  return (
    <div className="histogram">
      <div
        ref={frame}
        className="histogram-frame"
        role="slider"
        tabIndex={0}
        aria-label={`${what} over time: arrows move, with Shift they choose, Enter filters by the time`}
        aria-valuemin={1}
        aria-valuemax={buckets.length}
        aria-valuenow={(at ?? last) + 1}
        aria-valuetext={told(at === undefined ? last : first, at === undefined ? last : final)}
        onKeyDown={press}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setAt(under(event));
          setAnchor(under(event));
        }}
        onPointerMove={(event) => setAt(under(event))}
        onPointerUp={choose}
        onPointerLeave={() => {
          if (anchor === undefined) {
            setAt(undefined);
          }
        }}
        onPointerCancel={() => setAnchor(undefined)}
      >
        <svg viewBox={`0 0 ${buckets.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {at === undefined ? null : (
            <rect className="chosen" x={first} y={0} width={final - first + 1} height={HEIGHT} />
          )}
          {buckets.map((bucket, index) => (
            <Bar key={bucket.from} index={index} counts={bucket.counts} stack={stack} most={most} />
          ))}
        </svg>
      </div>
      <p className="histogram-told">
        {at === undefined ? (
          <>
            <span>{exactly(Date.parse(data.from ?? ''), zone)}</span>
            <span>{exactly(Date.parse(data.to ?? ''), zone)}</span>
          </>
        ) : (
          told(first, final)
        )}
      </p>
    </div>
  );
}

interface BarProps {
  index: number;
  counts: Record<string, number>;
  stack: readonly [string, Tone][];
  most: number;
}

function Bar({ index, counts, stack, most }: BarProps) {
  let below = 0;
  return stack.map(([name, tone]) => {
    const count = counts[name] ?? 0;
    if (count === 0) {
      return null;
    }
    // One of many thousands is seen as well.
    const tall = Math.max(1.5, (count / most) * (HEIGHT - 4));
    below += tall;
    return <rect key={name} data-tone={tone} x={index + 0.08} y={HEIGHT - below} width={0.84} height={tall} />;
  });
}
