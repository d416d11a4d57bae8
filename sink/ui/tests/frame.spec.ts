// The frame around all pages.
import { expect, looksRight, test } from './world';

test('the start is a page that says what to do when there is nothing yet', async ({ page, world }) => {
  await page.goto(`${world.url}/integrations`);
  await expect(page.getByRole('heading', { name: 'No org is connected yet' })).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await looksRight(page, 'integrations-empty');
});

test('theme and time zone are chosen once and stay after a reload', async ({ page, world }) => {
  await page.goto(`${world.url}/integrations`);
  await page.getByRole('button', { name: /Colours are/ }).click();
  await page.getByRole('button', { name: /Colours are/ }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: /Times are shown/ }).click();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('button', { name: 'Times are shown in UTC; switch' })).toBeVisible();
});

test('a keyboard reaches the page past the rail, and the name of who changes things', async ({ page, world }) => {
  await page.goto(`${world.url}/integrations`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByText('Skip to the page')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
  const who = page.getByRole('button', { name: 'Say who you are' });
  await who.focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Name').fill('Zoë');
  await expect(page.getByText('Use letters without accents')).toBeVisible();
  await page.getByLabel('Name').fill('Zoe');
  await looksRight(page, 'author');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'You are Zoe; change' })).toBeFocused();
});

test('a page that is not there says so', async ({ page, world }) => {
  await page.goto(`${world.url}/integrations`);
  await page.evaluate(() => {
    window.history.pushState({}, '', '/nowhere/at-all');
    window.dispatchEvent(new PopStateEvent('popstate'));
  });
  await expect(page.getByRole('heading', { name: 'No such page' })).toBeVisible();
});

test.describe('while the server is away', () => {
  test.use({ refusals: ['/api/v1/'] });

  test('the dot says so, and the stream is found again when it comes back', async ({ page, world }) => {
    await page.goto(`${world.url}/integrations`);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await world.stop();
    await expect(page.getByText('Not connected', { exact: true })).toBeVisible();
    await world.goOn();
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
  });
});
