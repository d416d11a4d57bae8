// The two parts of health.
import { Tabs } from '../../parts/Tabs';

export const LETTERS = '/health/dead-letters';

export function HealthTabs() {
  const tabs = [
    { name: 'Pipeline', to: '/health' },
    { name: 'Dead letters', to: LETTERS },
  ];
  return <Tabs label="Parts of health" tabs={tabs} />;
}
