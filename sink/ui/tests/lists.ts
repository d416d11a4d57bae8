// The lists of events, which the feed, the activity and the pages of users and addresses have in common.
import type { Page } from '@playwright/test';

import { expect, test } from './world';

/** The rows that are drawn. */
export const rows = (page: Page) => page.locator('.events-list tbody tr:not(.spacer)');

/** What is there is shown, and what comes will be. */
export const isLive = (page: Page) => expect(page.getByText('Live', { exact: true })).toBeVisible();

/** To the end of all pages of a list, which says how many rows it has; then through it and back. */
export async function scrollThrough(page: Page, told: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
        return page.locator('.events-bar').innerText();
      },
      { timeout: 120_000, intervals: [60] },
    )
    .toContain(told);
  expect(await rows(page).count()).toBeLessThan(120);
  // Through the list and back, a screen at a time: how long a frame takes.
  const frames = await page.evaluate(async () => {
    const took: number[] = [];
    const end = document.documentElement.scrollHeight;
    const frame = () => new Promise<number>((next) => requestAnimationFrame(next));
    let before = await frame();
    for (let step = 0; step < 120; step += 1) {
      window.scrollTo(0, ((step * 7919) % 120) * (end / 120));
      const now = await frame();
      took.push(now - before);
      before = now;
    }
    return took.sort((a, b) => a - b);
  });
  // A figure to be read, not held: machines differ.
  const median = frames[Math.floor(frames.length / 2)] ?? NaN;
  test.info().annotations.push({ type: 'median frame', description: `${median.toFixed(0)} ms` });
}
