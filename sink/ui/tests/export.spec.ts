// Files of what is filtered, as the browser saves them.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';

import { event, happen, signIn } from './events';
import { rows } from './lists';
import { expect, test } from './world';

const FORMULA = '=HYPERLINK("http://evil","x")';

/** Clicks, and returns the file's name and text. */
async function saved(page: Page, item: RegExp): Promise<[string, string]> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: item }).click(),
  ]);
  return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')];
}

const lines = (text: string) => text.trimEnd().split(/\r?\n/);

for (const [path, file, id] of [
  ['feed', 'nightlatch-events', 'id'],
  ['activity', 'okta-activity', 'uuid'],
] as const) {
  test(`what the ${path} is filtered by is written to files that spreadsheets can open`, async ({ page, world }) => {
    const now = Date.now();
    const others = Array.from({ length: 150 }, (_, at) =>
      event({ actor: `user${at}@example.com`, name: 'Other', country: 'Sweden', at: now - 1000 * at }),
    );
    await happen(world, [event({ actor: 'eve@example.com', name: FORMULA, at: now - 1000 }), ...others]);
    await happen(world, [signIn({ actor: 'eve@example.com', name: 'Plain', country: 'Denmark' })], 0);
    await page.goto(`${world.url}/${path}?country=Norway`);
    await expect(rows(page)).toHaveCount(1);

    const [csvName, csv] = await saved(page, /CSV/);
    expect(csvName).toBe(`${file}.csv`);
    expect(lines(csv)).toHaveLength(2);
    expect(lines(csv)[0]).toContain('"occurred_at"');
    expect(lines(csv)[1]).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`);
    expect(csv).not.toContain('"=');

    const [jsonName, json] = await saved(page, /NDJSON/);
    expect(jsonName).toBe(`${file}.ndjson`);
    const found = lines(json).map((line) => JSON.parse(line) as { actor: { name: string } });
    expect(found.map(({ actor }) => actor.name)).toEqual([FORMULA]);

    // More than a page has, all of it, each once.
    await page.goto(`${world.url}/${path}?country=Sweden&country=Norway&repeats=each`);
    await expect(page.locator('.events-bar')).toContainText('151 rows');
    const [, all] = await saved(page, /NDJSON/);
    const ids = lines(all).map((line) => (JSON.parse(line) as Record<string, string>)[id]);
    expect(new Set(ids).size).toBe(151);
    expect(ids).toHaveLength(151);
    // By keys as well.
    await page.keyboard.press('e');
    await expect(page.getByRole('menuitem').first()).toBeFocused();
    await page.keyboard.press('ArrowDown');
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(download.suggestedFilename()).toBe(`${file}.ndjson`);
  });
}
