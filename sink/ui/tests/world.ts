// What a spec runs in: the real binary with a data folder of its own, a simulated org, a browser whose
// console must stay silent.
import AxeBuilder from '@axe-core/playwright';
import { type Page, test as base, expect } from '@playwright/test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

import { type Client, Org } from './org';
import { Program, freePort } from './process';

export { expect };

const SCREENSHOTS = join(import.meta.dirname, '../screenshots');
const DIST = join(import.meta.dirname, '../dist');
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Answer<T> {
  status: number;
  body: T;
  etag: string | null;
}

export class World {
  private constructor(
    private readonly folder: string,
    private program: Program,
    readonly org: Org,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(more: Record<string, string> = {}): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'nightlatch-ui-'));
    const org = await Org.start(folder);
    const [hooks, api, admin] = [await freePort(), await freePort(), await freePort()];
    const settings = {
      NIGHTLATCH_DATA_DIR: join(folder, 'data'),
      NIGHTLATCH_LOG__LEVEL: 'warn',
      NIGHTLATCH_INGEST__LISTEN: `127.0.0.1:${hooks}`,
      NIGHTLATCH_API__LISTEN: `127.0.0.1:${api}`,
      NIGHTLATCH_ADMIN__LISTEN: `127.0.0.1:${admin}`,
      NIGHTLATCH_INGEST__PUBLIC_URL: `http://127.0.0.1:${hooks}`,
      NIGHTLATCH_INGEST__OKTA__ALLOW_LOOPBACK: 'true',
      NIGHTLATCH_INGEST__OKTA__CA_FILE: org.certificate,
      ...more,
    };
    const world = new World(folder, Program.start('nightlatch', [], settings), org, settings);
    await world.ready();
    return world;
  }

  /** Where the pages are. */
  get url(): string {
    return `http://${this.settings['NIGHTLATCH_API__LISTEN']}`;
  }

  /** Where the binary keeps what it keeps. */
  get data(): string {
    return join(this.folder, 'data');
  }

  private async ready(): Promise<void> {
    const admin = `http://${this.settings['NIGHTLATCH_ADMIN__LISTEN']}`;
    await this.program.until('it is ready', async () => {
      const answer = await fetch(`${admin}/readyz`);
      return answer.ok ? true : undefined;
    });
  }

  /** Ends the binary; the data and the addresses stay. */
  async stop(): Promise<void> {
    await this.program.end();
  }

  /** Starts the binary again. */
  async goOn(): Promise<void> {
    this.program = Program.start('nightlatch', [], this.settings);
    await this.ready();
  }

  /** Calls the API beside the browser. */
  async api<T = unknown>(method: string, path: string, body?: unknown, seen?: string): Promise<Answer<T>> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { 'Nightlatch-Author': 'a test', ...(seen ? { 'If-Match': seen } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = (answer.headers.get('content-type') ?? '').includes('json');
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as T, etag: answer.headers.get('etag') };
  }

  /** Connects the org as the wizard does, and returns the id of its integration. */
  async connect(client?: Client, name = 'acme'): Promise<string> {
    const { client_id, client_secret } = client ?? (await this.org.integration());
    const made = await this.api<{ id: string }>('POST', '/integrations', {
      domain: this.org.address,
      name,
      credentials: { client_id, client_secret },
      event_types: 'recommended',
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const { id } = made.body;
    const checked = await this.api<string>('POST', `/integrations/${id}/validate?wait=0s`);
    expect(checked.body).toContain('"passed":true');
    await this.api('POST', `/integrations/${id}/complete`);
    return id;
  }

  async end(): Promise<void> {
    await this.program.end();
    await this.org.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Fixtures {
  world: World;
  /** Further settings of the binary, as variables. */
  settings: Record<string, string>;
  /** What the server is expected to refuse: parts of addresses. The browser's console tells of refusals. */
  refusals: string[];
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],
  refusals: [[], { option: true }],
  world: async ({ settings }, use) => {
    const world = await World.start(settings);
    await use(world);
    await world.end();
  },
  // The world goes on until the page is done with: what it asks at last is answered.
  page: async ({ page, refusals, world }, use) => {
    expect(world.url).toContain('127.0.0.1');
    if (process.env['UI_FROM_DISK']) {
      await serveFromDisk(page);
    }
    const said: string[] = [];
    page.on('console', (message) => {
      const { url } = message.location();
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !(isRefusal && refusals.some((part) => url.includes(part)))) {
        said.push(`${message.text()} (${url})`);
      }
    });
    page.on('pageerror', (error) => said.push(`${error.message}\n${error.stack}`));
    await use(page);
    expect(said, 'errors in the console').toEqual([]);
    // It is left before the binary ends: what it asks for then finds nobody.
    await page.goto('about:blank');
  },
});

/** While one works on the pages: those of `dist`, with the headers of the binary, which need not be built anew. */
async function serveFromDisk(page: Page): Promise<void> {
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
  await page.route(/^http:\/\/127\.0\.0\.1:\d+\/(?!api\/|openapi|asyncapi|registry)/, async (route) => {
    const { pathname } = new URL(route.request().url());
    const asked = join(DIST, pathname);
    const file = extname(pathname) !== '' && existsSync(asked) ? asked : join(DIST, 'index.html');
    await route.fulfill({
      body: readFileSync(file),
      contentType: types[extname(file)] ?? 'application/octet-stream',
      headers: { 'content-security-policy': "default-src 'self'; base-uri 'none'; object-src 'none'" },
    });
  });
}

/** The page is accessible; pictures of it are taken: wide and narrow, light and dark. */
export async function looksRight(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      // The page hears of the theme with its next frame, which a browser without a screen may not draw
      // before it is asked for a picture.
      await page.screenshot();
      await expect(page.locator(`html[data-theme=${theme}]`)).toBeAttached();
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size}-${theme}.png`) });
      // The colours of both themes, the layouts of both sizes: two of the four forms have them all.
      if ((size === 'wide') !== (theme === 'light')) {
        continue;
      }
      const found = await new AxeBuilder({ page }).withTags(WCAG).analyze();
      const told = found.violations.map(
        (violation) => `${violation.id}: ${violation.help}\n  ${violation.nodes.map((node) => node.html).join('\n  ')}`,
      );
      expect(told, `${name}, ${size}, ${theme}`).toEqual([]);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, `${name} is wider than a ${size} window`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(SIZES.wide);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  // The page hears of both with its next frame, which would close a menu that is opened before.
  await page.screenshot();
}
