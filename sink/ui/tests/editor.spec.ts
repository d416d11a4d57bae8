// The editor of rules: written, broken, mended, tried, tested, saved, firing; versions and the way back.
import type { Page } from '@playwright/test';

import { type World, expect, looksRight, test } from './world';

const RULES = `- policy:
    id: night
    name: Night watch
    severity: 3
    type: okta
    enabled: true

- rule: App opened by ann
  desc: Somebody opened an app.
  condition: okta.evt.type = user.session.start and okta.actor.alternateid = ann@example.com
  output: "%okta.actor.alternateid came in"
  priority: WARNING
  source: okta
`;
const TESTS = `- test: ann comes in
  rule: App opened by ann
  event: {eventType: user.session.start, actor: {alternateId: ann@example.com}}
  matches: true

- test: bob comes in
  rule: App opened by ann
  event: {eventType: user.session.start, actor: {alternateId: bob@example.com}}
  matches: false
`;
const LIVE_MS = 2000;

interface Fired {
  output: string;
  received_at: string;
}

/** Runs the tests that stand there. The tool that holds them and what runs them have one name. */
async function runTests(page: Page): Promise<void> {
  await page.getByRole('group', { name: 'Tool' }).getByRole('button', { name: 'Run tests' }).click();
  await page.locator('.panel > .body').getByRole('button', { name: 'Run tests' }).click();
}

/** Makes the policy, and waits until it is in force. */
async function set(world: World, policy: object): Promise<void> {
  await world.api('POST', '/policies', policy);
  await expect.poll(async () => (await world.api('GET', '/policies/night')).status).toBe(200);
}

/** Writes all of a text anew, as a paste does. */
async function write(page: Page, label: string, text: string): Promise<void> {
  const box = page.getByRole('textbox', { name: label, exact: true });
  await box.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

/** What the marked places of the text say, each with its text. */
function marked(page: Page) {
  return page.locator('.policies-code .cm-lintRange-error');
}

test('a rule is written, broken, mended, tried, tested, saved, and fires at once', async ({ page, world }) => {
  test.slow();
  await world.connect();
  await page.goto(`${world.url}/policies`);
  await page.getByRole('link', { name: 'New policy' }).first().click();
  await expect(page.getByText('No errors')).toBeVisible();
  await looksRight(page, 'editor-new');

  const broken = RULES.replace('okta.actor.alternateid =', 'okta.actor.alternatid =');
  await write(page, 'Rules', broken);
  const line = broken.split('\n').findIndex((text) => text.includes('alternatid')) + 1;
  const column = (broken.split('\n')[line - 1] ?? '').indexOf('okta.actor.alternatid') + 1;
  const finding = page.getByRole('button', { name: new RegExp(`${line}:${column}`) });
  await expect(finding).toBeVisible();
  await expect(marked(page)).toHaveText('okta.actor.alternatid');
  await expect(page.getByRole('button', { name: 'Save…' })).toBeDisabled();
  await looksRight(page, 'editor-broken');
  await finding.click();
  await expect(page.getByRole('textbox', { name: 'Rules' })).toBeFocused();

  await write(page, 'Rules', RULES);
  await page.getByRole('group', { name: 'File' }).getByRole('button', { name: 'Tests' }).click();
  await write(page, 'Tests', TESTS);
  await expect(page.getByText('No errors')).toBeVisible();
  await runTests(page);
  await expect(page.getByText('All 2 passed')).toBeVisible();
  await looksRight(page, 'editor-tests');

  await page.getByRole('button', { name: 'Try on an event' }).click();
  await page.getByRole('button', { name: 'Try the rule' }).click();
  await expect(page.getByText('Matches', { exact: true })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Parts of the condition' })).toContainText('ann@example.com');
  await looksRight(page, 'editor-tried');

  await page.getByRole('button', { name: 'Save…' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Say what you changed and why.')).toBeVisible();
  await page.getByLabel('Note').fill('Watch who comes in at night.');
  await looksRight(page, 'editor-save');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page).toHaveURL(/\/policies\/night$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Night watch' })).toBeVisible();

  await world.org.order('POST', '/events', {
    eventType: 'user.session.start',
    actor: { id: '00u1ann', type: 'User', alternateId: 'ann@example.com', displayName: 'Ann Example' },
  });
  const fired = async () => (await world.api<{ events: Fired[] }>('GET', '/events?policy=night')).body.events;
  let seen = NaN;
  const outputs = async () => {
    const told = (await fired()).map(({ output }) => output);
    seen = Date.now();
    return told;
  };
  await expect.poll(outputs, { intervals: [50] }).toEqual(['ann@example.com came in']);
  // From its arrival to where people read it; how long Okta gathers events before does not count.
  const [first] = await fired();
  expect(seen - Date.parse(first!.received_at)).toBeLessThan(LIVE_MS);
});

test('what is saved as disabled judges nothing, and versions lead back', async ({ page, world }) => {
  test.slow();
  await set(world, { text: RULES, tests: TESTS, note: 'The first.' });
  await page.goto(`${world.url}/policies/night/edit`);
  await expect(page.getByText('No errors')).toBeVisible();
  await write(page, 'Rules', RULES.replace('ann@example.com', 'eve@example.com'));
  await page.getByRole('group', { name: 'File' }).getByRole('button', { name: 'Tests' }).click();
  await runTests(page);
  await expect(page.getByText('1 of 2 failed')).toBeVisible();
  await looksRight(page, 'editor-failed');

  await page.getByRole('link', { name: 'Night watch' }).click();
  await expect(page.getByText('What you wrote is not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Stay' }).click();
  await page.getByRole('button', { name: 'Save…' }).click();
  await page.getByRole('radio', { name: /Disabled/ }).check();
  await page.getByLabel('Note').fill('Watch eve instead.');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('switch', { name: 'Policy Night watch' })).not.toBeChecked();

  await page.getByRole('link', { name: 'Versions' }).click();
  await expect(page.getByRole('region', { name: 'What differs' })).toContainText('+  condition: okta.evt.type = user.session.start and okta.actor.alternateid = eve@');
  await page.getByRole('button', { name: /The first\./ }).click();
  await page.getByRole('button', { name: 'Compare with now' }).click();
  await expect(page.getByRole('region', { name: 'What differs' })).toContainText('-  condition:');
  await looksRight(page, 'editor-versions');
  await page.getByRole('button', { name: 'Roll back to it' }).click();
  await page.getByRole('button', { name: 'Roll back', exact: true }).click();
  await expect(page.getByRole('switch', { name: 'Policy Night watch' })).toBeChecked();
  const { body } = await world.api<{ text: string; enabled: boolean }>('GET', '/policies/night');
  expect(body.text).toBe(RULES);
  expect(body.enabled).toBe(true);
});

test('fields, operators and event types are completed with what they mean', async ({ page, world }) => {
  // Nothing is completed before they are known.
  const words = ['fields', 'operators', 'event-types'].map((it) => page.waitForResponse(`**/api/v1/${it}`));
  await page.goto(`${world.url}/policies/new`);
  await Promise.all(words);
  await expect(page.getByText('No errors')).toBeVisible();
  await write(page, 'Rules', '- rule: r\n  desc: d\n  condition: ');
  await page.keyboard.type('okta.actor.alt');
  const options = page.locator('.policies-code .cm-tooltip-autocomplete');
  await expect(options.getByRole('option', { name: /okta\.actor\.alternateid/ })).toBeVisible();
  await expect(page.locator('.policies-code .cm-completionInfo')).toContainText('login');
  await looksRight(page, 'editor-completion');
  await page.keyboard.press('Enter');
  await page.keyboard.type(' iconta');
  await expect(options.getByRole('option', { name: /icontains/ })).toBeVisible();
  await options.getByRole('option', { name: /icontains/ }).click();
  await page.keyboard.type(' x and okta.evt.type = user.session.st');
  await expect(options.getByRole('option', { name: /user\.session\.start/ })).toBeVisible();
  await options.getByRole('option', { name: /user\.session\.start/ }).click();
  await expect(page.getByRole('textbox', { name: 'Rules' })).toContainText(
    'okta.actor.alternateid icontains x and okta.evt.type = user.session.start',
  );
  // No check is on its way when the server ends.
  await expect(page.getByText('Checking…')).toBeHidden();
});

test.describe('when somebody else has saved before', () => {
  test.use({ refusals: ['/policies/night'] });

  test('nothing of theirs is lost, and it is said', async ({ page, world }) => {
    await set(world, { text: RULES, tests: TESTS });
    await page.goto(`${world.url}/policies/night/edit`);
    await expect(page.getByText('No errors')).toBeVisible();
    const { etag } = await world.api('GET', '/policies/night');
    await world.api('PATCH', '/policies/night', { tuning: { runbook: 'theirs' } }, etag ?? '');
    await write(page, 'Rules', RULES.replace('WARNING', 'ERROR'));
    await page.getByRole('button', { name: 'Save…' }).click();
    await page.getByLabel('Note').fill('Mine.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('alert').getByText('Somebody else has saved this policy')).toBeVisible();
    const { body } = await world.api<{ runbook: string; text: string }>('GET', '/policies/night');
    expect([body.runbook, body.text]).toEqual(['theirs', RULES]);
  });
});
