// The activity: all events of Okta, searched, filtered, looked at.
import { randomUUID } from 'node:crypto';

import { countAll, event, happen, signIn } from './events';
import { isLive, rows, scrollThrough } from './lists';
import { expect, looksRight, test } from './world';

const MINUTE = 60_000;

test('an empty activity tells the next step, and all events show live', async ({ page, world }) => {
  await page.goto(`${world.url}/activity`);
  await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
  await page.getByRole('button', { name: 'Look at all times' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing has happened yet' })).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await looksRight(page, 'activity-empty');
  await happen(world, [signIn()], 0);
  await expect(page.getByRole('link', { name: 'User single sign on to app' })).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
});

test('search, chips, outcomes and facets are in the address and stay after a reload', async ({ page, world }) => {
  const now = Date.now();
  await happen(
    world,
    [
      signIn({ actor: 'ann@example.com', at: now - 60 * MINUTE }),
      signIn({ actor: 'ben@example.com', name: 'Ben Example', ip: '198.51.100.9', country: 'Sweden', at: now - MINUTE }),
      signIn({ actor: 'cleo@example.com', name: 'Cleo Example', ip: '203.0.113.8', outcome: 'FAILURE', at: now - 1000 }),
      event({ actor: 'dan@example.com', name: 'Dan Example', at: now - 2 * MINUTE }),
    ],
    1,
  );
  await page.goto(`${world.url}/activity`);
  await expect(rows(page)).toHaveCount(4);
  await expect(rows(page).first()).toContainText('Cleo Example');
  await expect(rows(page).first()).toContainText('Failure');
  await looksRight(page, 'activity');

  const box = page.getByRole('searchbox', { name: 'Search the activity' });
  await page.keyboard.press('/');
  await expect(box).toBeFocused();
  await page.keyboard.insertText('ip:203.0.113.0/24 -cleo');
  await expect(rows(page)).toHaveCount(2);
  await expect(page).toHaveURL(/q=ip/);
  await page.reload();
  await expect(box).toHaveValue('ip:203.0.113.0/24 -cleo');
  await expect(rows(page)).toHaveCount(2);
  await box.fill('');
  await expect(rows(page)).toHaveCount(4);

  await page.getByRole('group', { name: 'Outcome' }).getByRole('button', { name: 'Failure 1' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('Cleo Example');
  await page.getByRole('button', { name: 'Take out Outcome FAILURE' }).click();
  await expect(rows(page)).toHaveCount(4);

  await page.getByRole('button', { name: /^user\.authentication\.sso/ }).click();
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Leave out Country Sweden' }).click();
  await expect(box).toHaveValue('-country:Sweden');
  await expect(rows(page)).toHaveCount(2);
  await page.reload();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Take out Event type user.authentication.sso' })).toBeVisible();

  await page.goto(`${world.url}/activity?q=nobody`);
  await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(rows(page)).toHaveCount(4);
});

test.describe('with a mistake in the search', () => {
  test.use({ refusals: ['/api/v1/activity'] });

  test('the place is marked, and the field that was meant is offered', async ({ page, world }) => {
    await happen(world, [signIn()], 0);
    await page.goto(`${world.url}/activity?q=sign%20contry%3ANorway`);
    await expect(page.locator('.search-mistake mark')).toHaveText('contry');
    await page.getByRole('button', { name: 'Use country' }).click();
    await expect(rows(page)).toHaveCount(1);
    await page.getByRole('button', { name: 'How to search' }).click();
    await expect(page.getByText('user:ann@acme.com')).toBeVisible();
    await expect(page.getByText('severity>=medium')).toHaveCount(0);
  });
});

test('a span of time is chosen on the histogram, by pointer and by keys', async ({ page, world }) => {
  const now = Date.now();
  await happen(world, [signIn({ at: now - 5 * 1440 * MINUTE }), signIn({ name: 'Ben Example', at: now - MINUTE })], 0);
  await page.goto(`${world.url}/activity`);
  await expect(rows(page)).toHaveCount(2);
  const chart = page.getByRole('slider');
  // They push the chart down when they come.
  await expect(page.getByRole('group', { name: 'Outcome' }).getByRole('button')).not.toHaveCount(0);
  const { x, y, width } = (await chart.boundingBox())!;
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
  await expect(rows(page)).toContainText('Ben Example');
});

test('the drawer has an address, tells all, and leads on', async ({ page, world }) => {
  const now = Date.now();
  await happen(
    world,
    [event({ at: now - MINUTE }), signIn({ actor: 'ben@example.com', name: 'Ben Example', at: now - 1000 })],
    1,
  );
  await page.goto(`${world.url}/activity`);
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog');
  await expect(drawer).toContainText('Ann Example caused “Reset all factors for user” on Bob Example from 203.0.113.7');
  await expect(drawer.getByRole('link', { name: 'All factors reset' })).toBeVisible();
  await looksRight(page, 'activity-drawer');
  const address = page.url();
  expect(address).toMatch(/\/activity\/[0-9a-f-]{36}$/);
  await page.reload();
  await expect(drawer).toContainText('Ann Example');

  await drawer.getByLabel('Search the JSON').fill('session');
  await expect(drawer.locator('.json-tree')).not.toContainText('eventType');
  await drawer.locator('.json-tree').scrollIntoViewIfNeeded();
  await looksRight(page, 'activity-drawer-json');
  await drawer.getByRole('button', { name: 'Filter by externalSessionId' }).click();
  await expect(page).toHaveURL(/q=session%3Aidx-session-1/);
  await expect(rows(page)).toHaveCount(2);

  await page.goto(address);
  await expect(drawer.getByRole('button', { name: 'Newer event' })).toBeEnabled();
  await page.keyboard.press('k');
  await expect(drawer).toContainText('Ben Example caused');
  await expect(drawer).toContainText('No rule that is in force has matched it.');
  await drawer.getByRole('link', { name: 'All events of this session' }).click();
  await expect(drawer).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Take out Session idx-session-1' })).toBeVisible();
  await expect(rows(page)).toHaveCount(2);

  await page.goto(address);
  await drawer.getByRole('link', { name: 'All factors reset' }).click();
  await expect(page).toHaveURL(/\/feed\//);
  await expect(drawer.getByRole('heading', { name: 'What matched' })).toBeVisible();
  await drawer.getByRole('link', { name: address.split('/').at(-1)! }).click();
  await expect(page).toHaveURL(address);
  await expect(drawer.getByRole('heading', { name: 'What rules have detected in it' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
});

test('a copy that tells more is the same row, and what is read does not move', async ({ page, world }) => {
  const now = Date.now();
  const uuid = randomUUID();
  const poor = { uuid, published: new Date(now - 1000).toISOString(), eventType: 'user.authentication.sso' };
  const older = Array.from({ length: 60 }, (_, at) => signIn({ actor: `user${at}@example.com`, at: now - at * MINUTE - 5000 }));
  await happen(world, [poor, ...older], 0);
  await page.goto(`${world.url}/activity`);
  await expect(rows(page).first().getByRole('link')).toHaveText('user.authentication.sso');
  await isLive(page);
  const before = await countAll(world);
  await world.api('POST', '/import', signIn({ uuid, name: 'Rich Example', at: now - 1000 }));
  await expect(rows(page).first()).toContainText('Rich Example');
  expect(await countAll(world)).toBe(before);
  await expect(page.locator('.events-bar')).toContainText('61 rows');

  await page.mouse.move(700, 600);
  await page.mouse.wheel(0, 900);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(400);
  await happen(world, [signIn({ name: 'New Example' })], 0);
  await page.getByRole('button', { name: '1 new' }).click();
  await expect(rows(page).first()).toContainText('New Example');
});

test('texts of Okta stay texts, whatever they are', async ({ page, world }) => {
  const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';
  const turned = '\u202Egnp.exe\u2066 \u001b[31mred\u001b[0m =HYPERLINK("http://evil")';
  await happen(
    world,
    [signIn({ actor: hostile, name: turned, message: hostile, userAgent: turned, country: '"><svg onload=window.pwned=1>', outcome: hostile })],
    0,
  );
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).host));
  await page.goto(`${world.url}/activity`);
  await expect(rows(page)).toContainText('<img src=x onerror=');
  await looksRight(page, 'activity-hostile-list');
  await rows(page).getByRole('link').click();
  await expect(page.getByRole('dialog')).toContainText('<script>window.pwned=1</script>');
  await looksRight(page, 'activity-hostile');
  // What stands beside them is not turned around: it begins and ends where it would without them.
  const sentence = await page.locator('.events-sentence').evaluate((told) => {
    const range = document.createRange();
    const ours = [...told.childNodes].find((node) => node.textContent?.startsWith(' caused'));
    range.selectNodeContents(ours!);
    range.setEnd(ours!, 2);
    const first = range.getBoundingClientRect().left;
    range.setStart(ours!, 6);
    range.setEnd(ours!, 7);
    return [first, range.getBoundingClientRect().left] as const;
  });
  expect(sentence[0]).toBeLessThan(sentence[1]);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  expect(await page.locator('main img, main svg[onload], main script').count()).toBe(0);
  expect([...new Set(asked)]).toEqual([new URL(world.url).host]);
});

test.describe('when the server was away', () => {
  test.use({ refusals: ['/api/v1/'] });

  test('the stream goes on where it was and misses nothing', async ({ page, world }) => {
    await happen(world, [signIn()], 0);
    await page.goto(`${world.url}/activity`);
    await expect(rows(page)).toHaveCount(1);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.context().setOffline(true);
    await world.stop();
    await expect(page.getByText('Not connected', { exact: true })).toBeVisible();
    await world.goOn();
    await happen(world, [signIn({ actor: 'ben@example.com', name: 'Ben Example' })], 0);
    await page.context().setOffline(false);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(rows(page)).toHaveCount(2);
    // Elsewhere the feed is followed, and back here the activity again.
    await page.getByRole('link', { name: 'Event feed' }).click();
    await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
    await isLive(page);
    await happen(world, [event()]);
    await expect(page.getByRole('link', { name: 'All factors reset' })).toBeVisible();
    await page.goBack();
    await expect(rows(page)).toHaveCount(3);
    await isLive(page);
    await happen(world, [signIn({ actor: 'dan@example.com', name: 'Dan Example' })], 0);
    await expect(rows(page)).toHaveCount(4);
    // As with another filter, and back to this one.
    const box = page.getByRole('searchbox', { name: 'Search the activity' });
    await box.fill('nobody');
    await expect(page.getByRole('heading', { name: 'Nothing fits' })).toBeVisible();
    await happen(world, [signIn({ actor: 'eve@example.com', name: 'Eve Example' })], 0);
    await box.fill('');
    await expect(rows(page)).toHaveCount(5);
  });
});

test('ten thousand events scroll smoothly', async ({ page, world }) => {
  test.setTimeout(240_000);
  const now = Date.now();
  const many = Array.from({ length: 10_000 }, (_, at) => signIn({ actor: `user${at}@example.com`, at: now - at * 100 }));
  await happen(world, many, 0);
  await page.goto(`${world.url}/activity`);
  await expect(rows(page).first()).toBeVisible();
  await scrollThrough(page, '10,000 rows');
  await expect(rows(page).first()).toBeVisible();
});
