// How often something was detected, with a link to the feed.
import { Link } from 'react-router';

import { Sparkline } from '../../parts/Sparkline';
import type { Count as Counted } from './queries';

export function Count({ count, to, of }: { count: Counted | undefined; to: string; of: string }) {
  if (count === undefined) {
    return <span className="muted">…</span>;
  }
  const number = count.count.toLocaleString('en');
  return (
    <span className="policies-count">
      {count.count === 0 ? (
        <span className="muted">0</span>
      ) : (
        <Link to={to} aria-label={`${number} detections of ${of} in 7 days`}>
          {number}
        </Link>
      )}
      <Sparkline values={count.byDay} label={`Detections of ${of} a day`} width={56} height={18} />
    </span>
  );
}
