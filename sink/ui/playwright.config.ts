// How the pages are driven: one browser, the real binary, screenshots by name.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'tests',
  // By hand: it takes a store of very many events, see there.
  testIgnore: process.env['NIGHTLATCH_BENCH_KEEP'] ? [] : ['paint.spec.ts'],
  outputDir: 'test-results',
  // The binary, its simulated org and the browser share the machine.
  workers: 1,
  forbidOnly: true,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/report.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Oslo',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
