// Saved views: kept under a name for all, opened, replaced, renamed, deleted.
import type { Page } from '@playwright/test';

import { event, happen } from './events';
import { rows } from './lists';
import { type World, expect, looksRight, test } from './world';

interface Saved {
  views: { id: string; name: string; page: string; query: string; by: string; revision: string }[];
}

const saved = async (world: World) => (await world.api<Saved>('GET', '/views')).body.views;

async function save(page: Page, name: string, button = 'Save') {
  await page.getByRole('button', { name: /^Views?\b/ }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save this view' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await expect(dialog).toHaveCount(0);
}

test.beforeEach(async ({ page, world }) => {
  await page.addInitScript(() => window.localStorage.setItem('nightlatch.author', 'zoe@acme.com'));
  const now = Date.now();
  await happen(world, [
    event({ at: now - 60_000 }),
    event({ actor: 'ben@example.com', name: 'Ben Example', country: 'Sweden', at: now - 1000 }),
  ]);
});

test('a view is saved, opened, replaced, renamed and deleted', async ({ page, world, context }) => {
  await page.goto(`${world.url}/feed?country=Sweden&q=reset`);
  await expect(rows(page)).toHaveCount(1);
  await save(page, 'From Sweden');
  await expect(page.getByRole('button', { name: /From Sweden/ })).toBeVisible();
  expect(await saved(world)).toMatchObject([{ name: 'From Sweden', page: 'feed', by: 'zoe@acme.com' }]);

  const other = await context.newPage();
  await other.goto(`${world.url}/feed`);
  await expect(rows(other)).toHaveCount(2);
  await other.getByRole('button', { name: 'Views' }).click();
  await other.getByRole('menuitem', { name: 'From Sweden' }).click();
  await expect(rows(other)).toHaveCount(1);
  await expect(other.getByRole('button', { name: 'Take out Country Sweden' })).toBeVisible();
  await other.close();

  // It is of the feed alone.
  await page.goto(`${world.url}/activity`);
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Save this view…']);

  await page.goto(`${world.url}/feed?country=Norway`);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('From Sweden');
  await expect(dialog).toContainText('it is replaced');
  await looksRight(page, 'views-save');
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByText('The view \u2068From Sweden\u2069 is saved.')).toBeVisible();
  expect(await saved(world)).toMatchObject([{ name: 'From Sweden', query: 'country=Norway' }]);

  await page.getByRole('button', { name: /From Sweden/ }).click();
  await page.getByRole('menuitem', { name: 'Manage views…' }).click();
  await dialog.getByRole('button', { name: /^Rename/ }).click();
  await dialog.getByRole('textbox').fill('From Norway');
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await expect(dialog.getByRole('link', { name: 'From Norway' })).toBeVisible();
  await looksRight(page, 'views-manage');
  await dialog.getByRole('button', { name: /^Delete/ }).click();
  await dialog.getByRole('button', { name: 'Delete for everybody' }).click();
  await expect(dialog.getByText('There are none')).toBeVisible();
  expect(await saved(world)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Views' })).toBeFocused();
});

test('names that are hostile are text, and the activity has views of its own', async ({ page, world }) => {
  const hostile = '<img src=x onerror=window.pwned=1>\u202E';
  await page.goto(`${world.url}/activity?outcome=SUCCESS`);
  await expect(rows(page)).toHaveCount(2);
  await save(page, hostile);
  await page.goto(`${world.url}/activity`);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: /<img src=x/ }).click();
  await expect(page).toHaveURL(/outcome=SUCCESS/);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  await world.api('PUT', '/views/odd', { name: 'odd', page: 'activity', query: 'q=a#b&from=<script>' }, '"none"');
  await page.goto(`${world.url}/activity`);
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByRole('menuitem', { name: 'odd' })).toBeVisible();
});

test('menus stay in a small window', async ({ page, world }) => {
  await world.api('PUT', '/views/long', { name: 'A very long name '.repeat(5), page: 'feed', query: 'q=reset' }, '"none"');
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`${world.url}/feed?q=reset`);
    for (const name of [/^View/, 'Export']) {
      await page.getByRole('button', { name }).click();
      const { x, width: wide } = (await page.getByRole('menu').boundingBox())!;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + wide).toBeLessThanOrEqual(width);
      await page.keyboard.press('Escape');
    }
  }
});

test.describe('when somebody else was there before', () => {
  test.use({ refusals: ['/api/v1/views/'] });

  test('nothing of theirs is lost, and it is said', async ({ page, world }) => {
    await world.api('PUT', '/views/shared', { name: 'Shared', page: 'feed', query: 'q=ours' }, '"none"');
    await page.goto(`${world.url}/feed`);
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Manage views…' }).click();
    const [before] = await saved(world);
    await world.api('PUT', '/views/shared', { name: 'Shared', page: 'feed', query: 'q=theirs' }, `"${before!.revision}"`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Delete/ }).click();
    await dialog.getByRole('button', { name: 'Delete for everybody' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Somebody else has changed the view since');
    expect(await saved(world)).toMatchObject([{ query: 'q=theirs' }]);
    // What they have written is read meanwhile, and can be deleted.
    await dialog.getByRole('button', { name: /^Delete/ }).click();
    await dialog.getByRole('button', { name: 'Delete for everybody' }).click();
    await expect(dialog.getByText('There are none')).toBeVisible();
  });
});
