// The pages, in the order of the rail. A new one gets a line here, and its addresses in sink/src/ui.rs.
import type { RouteObject } from 'react-router';

import type { IconName } from './parts/Icon';

export interface Section {
  /** In the rail; none: reached by links only. */
  rail?: { name: string; icon: IconName };
  path: string;
  routes: RouteObject[];
}

export const SECTIONS: Section[] = [
  {
    rail: { name: 'Event feed', icon: 'feed' },
    path: '/feed',
    routes: [
      {
        path: 'feed',
        lazy: () => import('./pages/feed/Feed'),
        children: [{ path: ':id', lazy: () => import('./pages/feed/Detail') }],
      },
    ],
  },
  {
    rail: { name: 'Activity', icon: 'activity' },
    path: '/activity',
    routes: [
      {
        path: 'activity',
        lazy: () => import('./pages/activity/Activity'),
        children: [{ path: ':id', lazy: () => import('./pages/activity/Detail') }],
      },
    ],
  },
  {
    path: '/entities',
    routes: [{ path: 'entities/:kind/:value', lazy: () => import('./pages/entities/Entity') }],
  },
  {
    rail: { name: 'Policies', icon: 'policies' },
    path: '/policies',
    routes: [
      { path: 'policies', lazy: () => import('./pages/policies/List') },
      {
        path: 'policies/new',
        lazy: () => import('./pages/policies/Editor').then(({ New }) => ({ Component: New })),
      },
      {
        path: 'policies/:id',
        lazy: () => import('./pages/policies/Policy').then(({ Component }) => ({ Component })),
        children: [
          {
            index: true,
            lazy: () => import('./pages/policies/Policy').then(({ Rules }) => ({ Component: Rules })),
          },
          { path: 'versions', lazy: () => import('./pages/policies/Versions') },
        ],
      },
      { path: 'policies/:id/edit', lazy: () => import('./pages/policies/Editor').then(({ Component }) => ({ Component })) },
      { path: 'policies/:id/rules/:rule', lazy: () => import('./pages/policies/Rule') },
    ],
  },
  {
    rail: { name: 'Integrations', icon: 'integrations' },
    path: '/integrations',
    routes: [
      { path: 'integrations', lazy: () => import('./pages/integrations/List') },
      { path: 'integrations/new', lazy: () => import('./pages/integrations/Add') },
      { path: 'integrations/:id/setup', lazy: () => import('./pages/integrations/Setup') },
      { path: 'integrations/:id', lazy: () => import('./pages/integrations/Detail') },
    ],
  },
  {
    rail: { name: 'Health', icon: 'health' },
    path: '/health',
    routes: [
      { path: 'health', lazy: () => import('./pages/health/Health') },
      { path: 'health/dead-letters', lazy: () => import('./pages/health/Letters') },
    ],
  },
];
