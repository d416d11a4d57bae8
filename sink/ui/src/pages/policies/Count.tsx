// How often something was detected, with a link to the feed.
import { Link } from 'react-router';

import type { Count as Counted } from './queries';

export function Count({ count, to, of }: { count: Counted | undefined; to: string; of: string }) {
  if (count === undefined) {
    return <span className="muted">…</span>;
  }
  if (count.count === 0) {
    return <span className="muted">0</span>;
  }
  const number = count.count.toLocaleString('en');
  return (
    <Link to={to} aria-label={`${count.isMost ? 'at most ' : ''}${number} detections of ${of} in 7 days`}>
      {count.isMost ? `≤ ${number}` : number}
    </Link>
  );
}
