// How long people look at an empty feed when its store has very many events. By hand, for it takes such a
// store: `NIGHTLATCH_BENCH_KEEP` names the folder in which `make bench` has left one (docs/performance.md).
// It measures and says; nothing is asserted of a time.
import { join } from 'node:path';

import { expect, test } from './world';

const KEPT = process.env['NIGHTLATCH_BENCH_KEEP'] ?? '';
const LOADS = 20;

interface Painted {
  /** Milliseconds from the navigation's start. */
  first: number;
  rows: number;
  histogram: number;
  facets: number;
}

test.use({ settings: { NIGHTLATCH_DATA_DIR: join(KEPT, 'detections') } });

test('the feed paints soon on a store of very many events', async ({ page, world }) => {
  await page.addInitScript(() => {
    const seen: Record<string, number> = {};
    const parts = {
      rows: '.feed-list tbody tr:not(.spacer)',
      histogram: '.histogram-frame svg',
      facets: '.events-facets-wide button',
    };
    const look = () => {
      for (const [part, selector] of Object.entries(parts)) {
        // What is drawn stands on the screen with the next frame.
        if (!(part in seen) && document.querySelector(selector)) {
          seen[part] = 0;
          requestAnimationFrame(() => setTimeout(() => (seen[part] = performance.now())));
        }
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    Object.assign(window, { seen });
  });
  const loads: Painted[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    await page.goto(`${world.url}/feed`);
    const painted = await page.waitForFunction(() => {
      const { seen } = window as unknown as { seen: Record<string, number> };
      const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
      const isWhole = ['rows', 'histogram', 'facets'].every((part) => (seen[part] ?? 0) > 0);
      return isWhole && first !== undefined ? { first, ...seen } : undefined;
    });
    loads.push((await painted.jsonValue()) as unknown as Painted);
  }
  expect(loads).toHaveLength(LOADS);
  for (const part of ['first', 'rows', 'histogram', 'facets'] as const) {
    const times = loads.map((load) => Math.round(load[part])).sort((a, b) => a - b);
    console.log(`${part}: p50 ${times[LOADS / 2]}, max ${times[LOADS - 1]} ms of ${LOADS} loads`);
  }
});
