// What of the rule's condition matched.
import { useQuery } from '@tanstack/react-query';

import type { RuntimeEvent } from '../../api/live';
import { ConditionTree } from '../../parts/ConditionTree';
import { Section } from '../../parts/Facts';
import { Loading } from '../../parts/Notice';
import { reasonQuery } from './queries';

export function Matched({ event }: { event: RuntimeEvent }) {
  const { data, isLoading } = useQuery(reasonQuery(event));
  const explained = data?.explanations[0];
  const isOther = explained !== undefined && explained.version !== event.rule.version;
  const counted = event.count;
  return (
    <Section title="What matched">
      {isLoading ? <Loading what="the condition" lines={3} /> : null}
      {counted == null ? null : (
        <p>
          The rule counts: {counted.toLocaleString('en')} events belong to this detection. Below is the last of them,
          counted alone.
        </p>
      )}
      {isOther ? <p className="muted">The rule has changed since; this is what it says now.</p> : null}
      {explained ? <ConditionTree reason={explained.condition} /> : null}
      {explained || isLoading ? null : (
        <p className="muted">The rule is not in force any more, or the event is too large to show why it matched.</p>
      )}
      <details>
        <summary>Values when it was judged</summary>
        <dl className="facts">
          {Object.entries(event.fields).map(([name, value]) => (
            <div key={name} className="search-example">
              <dt>
                <code className="foreign">{name}</code>
              </dt>
              <dd className="foreign">{value ?? <span className="muted">absent</span>}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Section>
  );
}
