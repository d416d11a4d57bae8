// The event feed: searched, filtered, looked at, worked through.
import type { Page } from '@playwright/test';

import { event, happen } from './events';
import { isLive, rows, scrollThrough } from './lists';
import { expect, looksRight, test } from './world';

const RULE = 'All factors reset';

async function introduce(page: Page, name = 'zoe@acme.com') {
  await page.addInitScript((who) => window.localStorage.setItem('nightlatch.author', who), name);
}

test('an empty feed tells the next step, and an event shows live', async ({ page, world }) => {
  await page.goto(`${world.url}/`);
  await expect(page).toHaveURL(/\/feed$/);
  await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
  await page.getByRole('button', { name: 'Look at all times' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing was detected yet' })).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await looksRight(page, 'feed-empty');
  await happen(world, [event()]);
  await expect(page.getByRole('link', { name: RULE })).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
});

test('search, chips, severities, facets and groups are in the address and stay after a reload', async ({ page, world }) => {
  const now = Date.now();
  await happen(world, [
    event({ actor: 'ann@example.com', ip: '203.0.113.7', country: 'Norway', at: now - 3_600_000 }),
    event({ actor: 'ben@example.com', name: 'Ben Example', ip: '198.51.100.9', country: 'Sweden', at: now - 60_000 }),
    event({ actor: 'cleo@example.com', name: 'Cleo Example', ip: '203.0.113.8', country: 'Norway', at: now - 1000 }),
  ]);
  await page.goto(`${world.url}/feed`);
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).first()).toContainText('Cleo Example');
  await looksRight(page, 'feed');

  const box = page.getByRole('searchbox', { name: 'Search the feed' });
  await page.keyboard.press('/');
  await expect(box).toBeFocused();
  await page.keyboard.insertText('ip:203.0.113.0/24 -cleo');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/q=ip/);
  await page.reload();
  await expect(box).toHaveValue('ip:203.0.113.0/24 -cleo');
  await expect(rows(page)).toHaveCount(1);

  await box.fill('');
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('button', { name: /^Sweden/ }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Take out Country Sweden' })).toBeVisible();
  await page.getByRole('button', { name: 'Take out Country Sweden' }).click();
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Leave out Country Sweden' }).click();
  await expect(box).toHaveValue('-country:Sweden');
  await expect(rows(page)).toHaveCount(2);
  await box.fill('');

  const low = page.getByRole('button', { name: /^Low/ });
  await low.click();
  await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
  await low.click();
  await expect(rows(page)).toHaveCount(3);

  await page.getByLabel('Group').selectOption('country');
  await expect(rows(page)).toHaveCount(2);
  await looksRight(page, 'feed-groups');
  await page.getByRole('button', { name: 'Norway', exact: true }).click();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Take out Country Norway' })).toBeVisible();
});

test.describe('with a mistake in the search', () => {
  test.use({ refusals: ['/api/v1/events'] });

  test('the place is marked, and the field that was meant is offered', async ({ page, world }) => {
    await happen(world, [event()]);
    await page.goto(`${world.url}/feed?q=reset%20contry%3ANorway`);
    await expect(page.locator('.search-mistake mark')).toHaveText('contry');
    await looksRight(page, 'feed-mistake');
    await page.getByRole('button', { name: 'Use country' }).click();
    await expect(page.getByRole('link', { name: RULE })).toBeVisible();
    await page.getByRole('button', { name: 'How to search' }).click();
    await expect(page.getByText('ip:203.0.113.0/24')).toBeVisible();
    await looksRight(page, 'feed-help');
  });
});

test('a span of time is chosen on the histogram, by pointer and by keys', async ({ page, world }) => {
  const now = Date.now();
  await happen(world, [event({ at: now - 5 * 86_400_000 }), event({ actor: 'ben@example.com', at: now - 60_000 })]);
  await page.goto(`${world.url}/feed`);
  await expect(rows(page)).toHaveCount(2);
  const chart = page.getByRole('slider');
  const place = await chart.boundingBox();
  expect(place).not.toBeNull();
  const { x, y, width } = place!;
  await page.mouse.move(x + 2, y + 30);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + 30, { steps: 5 });
  await page.mouse.up();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('Ann Example');
  await expect(page).toHaveURL(/from=2.*to=2/);
  await page.getByRole('button', { name: 'Show the last 7 days again' }).click();
  await expect(rows(page)).toHaveCount(2);
  await chart.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/from=2.*to=2/);
});

test('repeats are one row that counts on, and what is read does not move', async ({ page, world }) => {
  const now = Date.now();
  await happen(world, [1, 2, 3].map((each) => event({ at: now - each * 1000 })));
  await page.goto(`${world.url}/feed`);
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByText('×3')).toBeVisible();
  await isLive(page);
  await happen(world, [event()]);
  await expect(page.getByText('×4')).toBeVisible();
  // And back from another filter it counts none of them twice.
  const box = page.getByRole('searchbox', { name: 'Search the feed' });
  await happen(world, [event()]);
  await expect(page.getByText('×5')).toBeVisible();
  await box.fill('nobody');
  await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
  await Promise.all([page.waitForResponse(/\/api\/v1\/events\?/), box.fill('')]);
  await expect(page.getByText('×5')).toBeVisible();
  await happen(world, [event()]);
  await expect(page.getByText('×6')).toBeVisible();
  await page.getByLabel('Repeats as one row').click();
  await expect(rows(page)).toHaveCount(6);
  await Promise.all([page.waitForResponse(/\/api\/v1\/events\?/), page.getByLabel('Repeats as one row').click()]);
  await expect(page.getByText('×6')).toBeVisible();
  await page.getByLabel('Repeats as one row').click();
  await expect(rows(page)).toHaveCount(6);
  await isLive(page);
  await page.getByRole('checkbox', { name: `Mark ${RULE}` }).last().check();
  await happen(world, [event({ actor: 'ben@example.com', name: 'Ben Example' })]);
  await expect(page.getByRole('button', { name: '1 new' })).toBeVisible();
  await expect(rows(page)).toHaveCount(6);
  await page.getByRole('button', { name: '1 new' }).click();
  await expect(rows(page)).toHaveCount(7);
  await expect(rows(page).first()).toContainText('Ben Example');
});

test('the drawer has an address, tells all, and leads on by keys', async ({ page, world }) => {
  await introduce(page);
  const now = Date.now();
  await happen(world, [
    event({ actor: 'ann@example.com', at: now - 60_000 }),
    event({ actor: 'ben@example.com', name: 'Ben Example', at: now - 1000 }),
  ]);
  await page.goto(`${world.url}/feed`);
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog');
  await expect(drawer).toContainText('Ben Example caused “Reset all factors for user” on Bob Example from 203.0.113.7');
  await expect(drawer.locator('.condition')).toContainText('okta.evt.type');
  await expect(drawer.getByRole('link', { name: RULE })).toHaveCount(2);
  await looksRight(page, 'feed-drawer');
  const address = page.url();
  expect(address).toMatch(/\/feed\/[0-9a-f-]{36}$/);
  await page.reload();
  await expect(drawer).toContainText('Ben Example');

  await drawer.getByLabel('Search the JSON').fill('ipAddress');
  await expect(drawer.locator('.json-tree')).not.toContainText('eventType');
  await drawer.locator('.json-tree').scrollIntoViewIfNeeded();
  await looksRight(page, 'feed-drawer-json');
  await drawer.getByRole('button', { name: 'Filter by ipAddress' }).click();
  await expect(page).toHaveURL(/q=ip%3A203\.0\.113\.7/);
  await expect(rows(page)).toHaveCount(2);

  await page.goto(address);
  await expect(drawer).toContainText('Ben Example');
  await page.keyboard.press('j');
  await expect(drawer).toContainText('Ann Example caused');
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  await expect(page).toHaveURL(/\/feed$/);
});

test('events are acknowledged and resolved, alone and in bulk, with who and when', async ({ page, world, context }) => {
  await introduce(page);
  await happen(world, [1, 2, 3].map((each) => event({ actor: `user${each}@example.com`, at: Date.now() - each * 60_000 })));
  const other = await context.newPage();
  await other.goto(`${world.url}/feed`);
  await expect(rows(other)).toHaveCount(3);
  await isLive(other);
  await page.goto(`${world.url}/feed`);
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await expect(page.getByText('1 event acknowledged.')).toBeVisible();
  await expect(rows(page).first()).toContainText('Acknowledged');
  await expect(rows(other).first()).toContainText('Acknowledged');

  await page.getByRole('checkbox', { name: `Mark ${RULE}` }).nth(1).check();
  await page.getByRole('checkbox', { name: `Mark ${RULE}` }).nth(2).check();
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Resolve: 2 events' });
  await dialog.getByRole('button', { name: 'Resolve' }).click();
  await expect(dialog.getByText('Choose one of them.')).toBeVisible();
  await dialog.getByLabel(/^Benign/).check();
  await dialog.getByLabel(/^Note/).fill('Planned: ticket 4711');
  await looksRight(page, 'feed-resolve');
  await dialog.getByRole('button', { name: 'Resolve' }).click();
  await expect(page.getByText('2 events resolved.')).toBeVisible();
  await expect(rows(page).nth(1)).toContainText('Benign');

  await rows(page).nth(2).getByRole('link').click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByRole('list', { name: 'What was done' })).toContainText(
    'zoe@acme.com resolved it as benign: Planned: ticket 4711',
  );
  await looksRight(page, 'feed-triage');
  await drawer.getByRole('button', { name: 'Reopen' }).click();
  await expect(page.getByText('1 event reopened.')).toBeVisible();
});

test('texts of Okta stay texts, whatever they are', async ({ page, world }) => {
  const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';
  const turned = '\u202Egnp.exe\u2066 \u001b[31mred\u001b[0m =HYPERLINK("http://evil")';
  await happen(world, [
    event({ actor: hostile, name: turned, message: hostile, userAgent: turned, country: '"><svg onload=window.pwned=1>' }),
  ]);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).host));
  await page.goto(`${world.url}/feed`);
  await expect(rows(page)).toContainText('<img src=x onerror=');
  await rows(page).getByRole('link').click();
  await expect(page.getByRole('dialog')).toContainText('<script>window.pwned=1</script>');
  await looksRight(page, 'feed-hostile');
  for (const by of ['actor', 'country']) {
    await page.goto(`${world.url}/feed?by=${by}`);
    await expect(rows(page)).toHaveCount(1);
  }
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  expect(await page.locator('main img, main svg[onload], main script').count()).toBe(0);
  expect([...new Set(asked)]).toEqual([new URL(world.url).host]);
});

test.describe('when the server was away', () => {
  test.use({ refusals: ['/api/v1/'] });

  test('after a moment without the network no repeat is counted twice', async ({ page, world }) => {
    const now = Date.now();
    await happen(world, [1, 2, 3].map((each) => event({ at: now - each * 1000 })));
    await page.goto(`${world.url}/feed`);
    await expect(page.getByText('×3')).toBeVisible();
    await isLive(page);
    await happen(world, [event()]);
    await expect(page.getByText('×4')).toBeVisible();
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    await happen(world, [event()]);
    await expect(page.getByText('×5')).toBeVisible();
  });

  test('the stream goes on where it was and misses nothing', async ({ page, world }) => {
    await happen(world, [event()]);
    await page.goto(`${world.url}/feed`);
    await expect(rows(page)).toHaveCount(1);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.context().setOffline(true);
    await world.stop();
    await expect(page.getByText('Not connected', { exact: true })).toBeVisible();
    await world.goOn();
    await happen(world, [event({ actor: 'ben@example.com', name: 'Ben Example' })]);
    await page.context().setOffline(false);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(rows(page)).toHaveCount(2);
    await happen(world, [event({ actor: 'cleo@example.com', name: 'Cleo Example' })]);
    await expect(rows(page)).toHaveCount(3);
    // What arrives while another filter or another page is looked at is there afterwards.
    const box = page.getByRole('searchbox', { name: 'Search the feed' });
    await box.fill('nobody');
    await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
    await happen(world, [event({ actor: 'dan@example.com', name: 'Dan Example' })]);
    await box.fill('');
    await expect(rows(page)).toHaveCount(4);
    await page.getByRole('link', { name: 'Policies' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Policies' })).toBeVisible();
    await happen(world, [event({ actor: 'eve@example.com', name: 'Eve Example' })]);
    await page.goBack();
    await expect(rows(page)).toHaveCount(5);
  });
});

test('ten thousand rows scroll smoothly', async ({ page, world }) => {
  test.setTimeout(240_000);
  const now = Date.now();
  const many = Array.from({ length: 10_000 }, (_, at) => event({ actor: `user${at}@example.com`, at: now - at * 100 }));
  await happen(world, many);
  await page.goto(`${world.url}/feed`);
  await expect(rows(page).first()).toBeVisible();
  await scrollThrough(page, '10,000 rows');
  await expect(rows(page).first()).toBeVisible();
});
