// Chips: one word about a state, a severity, a kind.
import type { ReactNode } from 'react';

export type Tone = 'high' | 'medium' | 'low' | 'info' | 'good' | 'calm';

interface ChipProps {
  tone?: Tone;
  dot?: boolean;
  title?: string | undefined;
  children: ReactNode;
}

export function Chip({ tone = 'calm', dot = false, title, children }: ChipProps) {
  return (
    <span className="chip" data-tone={tone} data-dot={dot || undefined} title={title}>
      {children}
    </span>
  );
}

const SEVERITIES: Record<string, Tone> = { High: 'high', Medium: 'medium', Low: 'low', Info: 'info' };

/** A severity by its label: High, Medium, Low or Info. `level` (0 to 7) is told in the tooltip. */
export function SeverityChip({ label, level }: { label: string; level?: number }) {
  const title = level === undefined ? undefined : `severity ${level} of 0 (worst) to 7`;
  return (
    <Chip tone={SEVERITIES[label] ?? 'calm'} title={title}>
      {label}
    </Chip>
  );
}

const STATES: Record<string, [Tone, string]> = {
  connected: ['good', 'Connected'],
  pending: ['info', 'Pending'],
  warning: ['medium', 'Warning'],
  error: ['high', 'Error'],
  paused: ['calm', 'Paused'],
};

/** The state of an integration. */
export function StateChip({ state }: { state: string }) {
  const [tone, words] = STATES[state] ?? ['calm', state];
  return (
    <Chip tone={tone} dot>
      {words}
    </Chip>
  );
}
