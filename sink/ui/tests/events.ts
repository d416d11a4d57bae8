// Events of an org that tests make themselves, so that they know what the feed must show.
import { randomUUID } from 'node:crypto';

import { type World, expect } from './world';

export interface Made {
  actor?: string;
  name?: string;
  ip?: string;
  country?: string;
  type?: string;
  at?: number;
  message?: string;
  userAgent?: string;
  outcome?: string;
  uuid?: string;
}

/** An event of Okta; without more, one that the managed rule "All factors reset" detects. */
export function event(made: Made = {}) {
  const { actor = 'ann@example.com', name = 'Ann Example', ip = '203.0.113.7', country = 'Norway' } = made;
  return {
    uuid: made.uuid ?? randomUUID(),
    published: new Date(made.at ?? Date.now()).toISOString(),
    eventType: made.type ?? 'user.mfa.factor.reset_all',
    version: '0',
    severity: 'INFO',
    displayMessage: made.message ?? 'Reset all factors for user',
    actor: { id: `00u${actor.length}${actor.slice(0, 8)}`, type: 'User', alternateId: actor, displayName: name },
    client: {
      ipAddress: ip,
      geographicalContext: { city: 'Oslo', country },
      userAgent: { rawUserAgent: made.userAgent ?? 'Mozilla/5.0', os: 'Linux', browser: 'FIREFOX' },
    },
    authenticationContext: { externalSessionId: 'idx-session-1' },
    outcome: { result: made.outcome ?? 'SUCCESS' },
    transaction: { id: 'transaction-1' },
    target: [{ id: '00u2bob', type: 'User', alternateId: 'bob@example.com', displayName: 'Bob Example' }],
  };
}

/** An event that no rule detects. */
export const signIn = (made: Made = {}) =>
  event({ type: 'user.authentication.sso', message: 'User single sign on to app', ...made });

/** Sends events through the pipeline, and waits until the feed and the activity have so many. */
export async function happen(world: World, events: object[], detected = events.length): Promise<void> {
  const before = await count(world);
  const beforeAll = await countAll(world);
  // Not more at once than one body may have.
  for (let from = 0; from < events.length; from += 1000) {
    const part = events.slice(from, from + 1000);
    const answer = await fetch(`${world.url}/api/v1/import`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: part.map((each) => JSON.stringify(each)).join('\n'),
    });
    expect(answer.status, await answer.text()).toBe(200);
    const sent = beforeAll + from + part.length;
    await expect.poll(() => countAll(world), { timeout: 60_000 }).toBeGreaterThanOrEqual(sent);
  }
  await expect.poll(() => count(world), { timeout: 60_000 }).toBeGreaterThanOrEqual(before + detected);
}

/** How many runtime events there are. */
export async function count(world: World): Promise<number> {
  const { body } = await world.api<{ total: number }>('GET', '/events/facets');
  return body.total;
}

/** How many of Okta's events there are. */
export async function countAll(world: World): Promise<number> {
  const { body } = await world.api<{ counted: number }>('GET', '/activity/facets');
  return body.counted;
}
