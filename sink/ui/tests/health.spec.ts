// Health: the pipeline as it is, what is wrong with it, and what could not be taken.
import { mkdirSync, mkdtempSync, openSync, closeSync, renameSync, rmdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { event, happen } from './events';
import { type World, expect, looksRight, test } from './world';

const HEALTH = '/health';
const LETTERS = '/health/dead-letters';

/** Sends texts as an import, whatever they are. */
async function bring(world: World, lines: (string | object)[]): Promise<void> {
  const answer = await fetch(`${world.url}/api/v1/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

test('the pipeline is a picture that lives, and nothing in it jumps', async ({ page, world }) => {
  await world.connect();
  await world.org.lives(20);
  await world.org.attack('mfa_fatigue');
  await page.goto(`${world.url}${HEALTH}`);
  await expect(page.getByText('All of it works.')).toBeVisible();
  const picture = page.getByRole('region', { name: 'The pipeline' });
  const detector = page.getByRole('region', { name: 'Detector', exact: true });
  await expect(detector).toContainText(/[1-9][\d.]* \/s/);
  await expect(detector.getByText('Works')).toBeVisible();
  await expect(picture.getByText('okta.runtime-events')).toBeVisible();
  await expect(picture.getByRole('link', { name: '1 org' })).toBeVisible();
  await expect(page.getByRole('row', { name: /Judges events by the rules/ })).toBeVisible();
  await expect(page.getByText(/managed, 0 your own/)).toBeVisible();
  await expect(page.getByText(/version \d+\.\d+/).first()).toBeVisible();

  // It is drawn anew every two seconds: figures change, and nothing moves.
  const places = () => page.locator('.health-box, .panel, .table-frame').evaluateAll((all) => all.map((it) => it.getBoundingClientRect().top));
  const before = await places();
  const told = await detector.innerText();
  await expect.poll(() => detector.innerText(), { timeout: 30_000 }).not.toBe(told);
  expect(await places()).toEqual(before);
  await looksRight(page, 'health');
  await page.getByRole('heading', { name: 'Storage' }).scrollIntoViewIfNeeded();
  await looksRight(page, 'health-below');
});

test('before anything has come, the page says where to begin', async ({ page, world }) => {
  await page.goto(`${world.url}${HEALTH}`);
  await expect(page.getByRole('link', { name: 'Connect an org' })).toBeVisible();
  await expect(page.getByText('All of it works.')).toBeVisible();
  await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'There are no dead letters' })).toBeVisible();
  await looksRight(page, 'dead-letters-none');
});

/** Takes the detector's memory away: what it has open is spoilt, and it can make no new one. */
function spoilMemory(world: World): () => void {
  const file = join(world.data, 'detector.db');
  for (const ending of ['', '-wal', '-shm']) {
    const { size } = statSync(file + ending);
    const open = openSync(file + ending, 'r+');
    writeSync(open, Buffer.alloc(size, 0x5a), 0, size, 0);
    closeSync(open);
  }
  renameSync(file, `${file}.spoilt`);
  mkdirSync(file);
  return () => rmdirSync(file);
}

test('a detector that has stopped is seen, with what to do, and so is that it works again', async ({ page, world }) => {
  await bring(world, [event()]);
  await page.goto(`${world.url}${HEALTH}`);
  await expect(page.getByText('All of it works.')).toBeVisible();
  const mend = spoilMemory(world);
  await bring(world, [event()]);
  const detector = page.getByRole('region', { name: 'Detector', exact: true });
  await expect(detector.getByText('Stopped')).toBeVisible();
  await expect(page.getByText('One thing needs a look.')).toBeVisible();
  await expect(page.getByText(/^Detector: The memory on local disk/)).toBeVisible();
  await expect(page.getByText(/see its log, and that its data folder has room/)).toBeVisible();
  await looksRight(page, 'health-stopped');

  mend();
  await expect(page.getByText('All of it works.')).toBeVisible({ timeout: 30_000 });
  await expect(detector.getByText('Works')).toBeVisible();
});

test.describe('with a policy that is broken', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nightlatch-ui-policies-'));
  const file = join(folder, 'broken.yaml');
  writeFileSync(file, '- policy:\n    id: broken\n    name: Broken\n- rule: nothing\n  condition: okta.evt.typ = x\n');
  test.use({ settings: { NIGHTLATCH_DETECTOR__POLICIES: file } });

  test('the rules need a look, and which policy is named', async ({ page, world }) => {
    await page.goto(`${world.url}${HEALTH}`);
    const trouble = page.getByRole('listitem').filter({ hasText: /^Rules: / });
    await expect(trouble).toContainText('broken');
    await expect(trouble.getByText('Mend the policy that is named', { exact: false })).toBeVisible();
    await expect(page.getByText('1 policy', { exact: true })).toBeVisible();
    await trouble.getByRole('link', { name: 'Policies' }).click();
    await expect(page).toHaveURL(/\/policies$/);
  });
});

test.describe('while something does not answer', () => {
  test.use({ refusals: ['/api/v1/'] });

  test('a service that nobody answers for is shown as such', async ({ page, world }) => {
    // As it is where services run apart and the gateway does not know one of them.
    await page.route('**/api/v1/health?*', async (route) => {
      const answer = await route.fetch();
      const health = (await answer.json()) as { services: string[]; stages: { service: string }[] };
      health.services = health.services.filter((service) => service !== 'detector');
      health.stages = health.stages.filter(({ service }) => service !== 'detector');
      await route.fulfill({ json: health });
    });
    await page.route('**/api/v1/health/detector?*', (route) => route.fulfill({ status: 502, body: 'bad gateway' }));
    await page.goto(`${world.url}${HEALTH}`);
    await expect(page.getByText('Detector: nothing answers for it.')).toBeVisible();
    await expect(page.getByRole('region', { name: 'Detector', exact: true }).getByText('Silent')).toBeVisible();
    await looksRight(page, 'health-silent');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  test('what stood there stays, and is told to be old, until the server is back', async ({ page, world }) => {
    await page.goto(`${world.url}${HEALTH}`);
    await expect(page.getByText('All of it works.')).toBeVisible();
    await world.stop();
    await expect(page.getByText('Nightlatch does not answer.', { exact: false })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole('region', { name: 'The pipeline' })).toBeVisible();
    await world.goOn();
    await expect(page.getByText('All of it works.')).toBeVisible({ timeout: 30_000 });
  });
});

test.describe('with a rule whose detections are too large', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nightlatch-ui-policies-'));
  const file = join(folder, 'large.yaml');
  const policy = (tags: number) => `- policy:
    id: large
    name: Large
    description: Too much of it.
    severity: 4
    type: okta
    enabled: true
- rule: Too much
  desc: It says more than a topic takes.
  condition: okta.evt.type = user.mfa.factor.reset_all
  output: "%okta.actor.alternateid"
  priority: WARNING
  source: okta
  tags: [${Array.from({ length: tags }, (_, at) => `t${at}${'x'.repeat(1000)}`).join(', ')}]
`;
  writeFileSync(file, policy(1100));
  test.use({ settings: { NIGHTLATCH_DETECTOR__POLICIES: file }, refusals: ['/redrive'] });

  const HARM = '<img src=x onerror="document.title=1"> \u202Egnp.exe \u0007 not json at all';

  test('dead letters are looked at, and sent again once the cause is mended', async ({ page, world }) => {
    await bring(world, [HARM, '"a text"', event()]);
    await page.goto(`${world.url}${LETTERS}`);
    const table = page.getByRole('table', { name: 'Dead letters' });
    await expect(table.getByText(/rule Too much: its runtime event has/)).toBeVisible();
    await expect(table.getByRole('row')).toHaveCount(4);
    await looksRight(page, 'dead-letters');

    // A letter, as it is: nothing in it does anything.
    await page.getByLabel('Refused by').selectOption('ingest');
    await expect(table.getByRole('row')).toHaveCount(3);
    await expect(page).toHaveURL(/stage=ingest/);
    await table.getByRole('button', { name: /not JSON|no JSON|JSON/ }).last().click();
    const drawer = page.getByRole('dialog', { name: 'Dead letter' });
    await expect(drawer.getByText('<img src=x', { exact: false })).toBeVisible();
    await expect(drawer.getByText('U+202E')).toBeVisible();
    await expect(drawer.getByText('U+0007')).toBeVisible();
    expect(await page.title()).not.toBe('1');
    await looksRight(page, 'dead-letter');
    await drawer.getByRole('button', { name: 'Bytes' }).click();
    await expect(drawer.getByText('3c 69 6d 67', { exact: false })).toBeVisible();
    await page.reload();
    await expect(drawer.getByText('3c 69 6d 67', { exact: false })).toBeVisible();
    await looksRight(page, 'dead-letter-bytes');
    const [file_] = await Promise.all([page.waitForEvent('download'), drawer.getByRole('link', { name: 'Download' }).click()]);
    expect(file_.suggestedFilename()).toMatch(/^dead-letter-0-\d+\.bin$/);

    // What is no event stays none.
    await drawer.getByRole('button', { name: 'Send again' }).click();
    const asking = page.getByRole('dialog', { name: 'Send the letter again' });
    await asking.getByRole('button', { name: 'Send again' }).click();
    await expect(asking.getByText('The letter is not sent.')).toBeVisible();
    await expect(asking.getByText(/It is no event still/)).toBeVisible();
    await looksRight(page, 'dead-letter-refused');
    await asking.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.keyboard.press('Escape');

    // The rule is mended, and its letter comes through.
    writeFileSync(file, policy(1));
    const tags = async () => (await world.api<{ tags: string[] }>('GET', '/rules/large/Too%20much')).body.tags.length;
    await expect.poll(tags).toBeLessThan(10);
    await page.goto(`${world.url}${LETTERS}?stage=detector&sent=false`);
    await page.getByRole('button', { name: 'Send all of these again…' }).click();
    const all = page.getByRole('dialog', { name: 'Send all of them again' });
    await expect(all.getByText('1 letter fits', { exact: false })).toBeVisible();
    await looksRight(page, 'dead-letters-send');
    await all.getByRole('button', { name: 'Send again' }).click();
    await expect(all.getByText('1 letter is sent.')).toBeVisible();
    await looksRight(page, 'dead-letters-sent');
    await page.keyboard.press('Escape');
    await expect(page.getByText('No dead letter fits')).toBeVisible();
    const found = async () => (await world.api<{ events: unknown[] }>('GET', '/events?policy=large')).body.events.length;
    await expect.poll(found).toBe(1);

    await page.getByLabel('Sent again').selectOption('true');
    await expect(table.getByRole('row')).toHaveCount(2);
    await page.goto(`${world.url}${HEALTH}`);
    await expect(page.getByText(/^Dead letters of the detector: /)).toBeVisible();
  });
});

test('many letters are found by a part of their reason, page by page', async ({ page, world }) => {
  await happen(world, [event()], 1);
  await bring(world, Array.from({ length: 120 }, (_, at) => `no json ${at}`));
  await page.goto(`${world.url}${LETTERS}`);
  const rows = page.getByRole('table', { name: 'Dead letters' }).getByRole('row');
  await expect(rows).toHaveCount(51);
  await page.getByRole('button', { name: 'Show older ones' }).click();
  await expect(rows).toHaveCount(101);
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'A part of the reason' })).toBeFocused();
  await page.keyboard.type('nothing like it');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No dead letter fits')).toBeVisible();
  await page.reload();
  await expect(page.getByText('No dead letter fits')).toBeVisible();
});
