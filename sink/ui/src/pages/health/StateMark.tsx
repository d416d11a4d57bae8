// How a stage or a service is, in a word.
import { Chip } from '../../parts/Chip';
import { STATES, type State } from './words';

export function StateMark({ state }: { state: State }) {
  const [tone, words] = STATES[state];
  return (
    <Chip tone={tone} dot>
      {words}
    </Chip>
  );
}
