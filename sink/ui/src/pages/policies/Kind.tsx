// Whose rules a policy has, and what that means.
import { Chip } from '../../parts/Chip';
import type { PolicySummary } from './queries';

export type Kind = PolicySummary['kind'];

export const KINDS: Record<Kind, [string, string]> = {
  managed: ['Managed', 'Its rules come with Nightlatch and its updates; people only tune it.'],
  managed_ruleset: ['Managed ruleset', 'A copy of a managed policy that still gets its updates, with a name and a severity of its own.'],
  custom: ['Custom', 'Its rules are your own.'],
};

export function KindChip({ kind }: { kind: Kind }) {
  const [name, words] = KINDS[kind];
  return (
    <Chip tone={kind === 'custom' ? 'info' : 'calm'} title={words}>
      {name}
    </Chip>
  );
}
