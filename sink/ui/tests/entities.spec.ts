// The pages of users and addresses: what is known of them, one time line, and the ways there and on.
import { event, happen, signIn } from './events';
import { rows } from './lists';
import { expect, looksRight, test } from './world';

const MINUTE = 60_000;
const ANN = 'ann@example.com';

/** Ann comes from two places; Ben from one of them; Ben resets what is Ann's. */
function story(now: number) {
  return [
    signIn({ actor: ANN, at: now - 40 * MINUTE }),
    signIn({ actor: ANN, ip: '198.51.100.9', country: 'Sweden', outcome: 'FAILURE', at: now - 30 * MINUTE }),
    event({ actor: ANN, at: now - 20 * MINUTE }),
    signIn({ actor: 'ben@example.com', name: 'Ben Example', at: now - 10 * MINUTE }),
  ];
}

test('a user has a page: reached from an event, one time line, ways to the feed and the activity', async ({ page, world }) => {
  await happen(world, story(Date.now()), 1);
  await page.goto(`${world.url}/feed`);
  await rows(page).getByRole('link').click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('link', { name: 'Ann Example', exact: true }).click();
  await expect(page).toHaveURL(/\/entities\/user\/ann%40example\.com$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Ann Example' })).toBeVisible();
  await expect(rows(page)).toHaveCount(4);
  await expect(rows(page).filter({ hasText: 'Detection' })).toHaveCount(1);
  await expect(page.locator('.entities-head')).toContainText(ANN);
  const around = page.getByRole('complementary', { name: 'What is seen around it' });
  await expect(around.getByRole('link', { name: 'Sweden' })).toBeVisible();
  await expect(around.getByText('All factors reset').first()).toBeVisible();
  await looksRight(page, 'entity-user');
  await page.reload();
  await expect(rows(page)).toHaveCount(4);

  await page.getByRole('link', { name: 'In the feed' }).click();
  await expect(page.getByRole('searchbox', { name: 'Search the feed' })).toHaveValue(`actor:${ANN} OR target:${ANN}`);
  await expect(rows(page)).toHaveCount(1);
  await page.goBack();
  await page.getByRole('link', { name: 'In the activity' }).click();
  await expect(page.getByRole('button', { name: `Take out Actor or target ${ANN}` })).toBeVisible();
  await expect(rows(page)).toHaveCount(3);
  await page.goBack();
  await around.getByRole('link', { name: 'Sweden' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('Failure');
});

test('an address has a page: who came from there; a target leads to theirs', async ({ page, world }) => {
  await happen(world, story(Date.now()), 1);
  await page.goto(`${world.url}/activity`);
  await rows(page).filter({ hasText: 'Ben Example' }).getByRole('link').first().click();
  await page.getByRole('dialog').getByRole('link', { name: '203.0.113.7' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '203.0.113.7' })).toBeVisible();
  await expect(rows(page)).toHaveCount(4);
  await looksRight(page, 'entity-ip');
  const around = page.getByRole('complementary', { name: 'What is seen around it' });
  await around.getByRole('link', { name: 'Ben Example' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ben Example' })).toBeVisible();
  await expect(rows(page)).toHaveCount(1);

  await rows(page).getByRole('link').click();
  await page.getByRole('dialog').getByRole('link', { name: 'Bob Example', exact: true }).click();
  // Bob did nothing himself, so that nobody tells his name.
  await expect(page.getByRole('heading', { level: 1, name: 'bob@example.com' })).toBeVisible();
  await expect(rows(page)).toHaveCount(5);
});

test('the time line is walked by keys, and its time is in the address', async ({ page, world }) => {
  const now = Date.now();
  await happen(world, [...story(now), signIn({ actor: ANN, at: now - 3 * 1440 * MINUTE })], 1);
  await page.goto(`${world.url}/entities/user/${ANN}`);
  await expect(rows(page)).toHaveCount(5);
  await page.getByLabel('Time', { exact: true }).selectOption('-24h');
  await expect(rows(page)).toHaveCount(4);
  await expect(page).toHaveURL(/from=-24h/);
  await page.reload();
  await expect(rows(page)).toHaveCount(4);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page).toHaveURL(/\/(feed|activity)\/.*from=-24h/);
  await page.keyboard.press('Escape');
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Ann Example' })).toBeVisible();
});

test('who was never seen, and logins that are hostile', async ({ page, world }) => {
  await page.goto(`${world.url}/entities/user/nobody@example.com`);
  await expect(page.getByRole('heading', { name: 'Nothing was seen' })).toBeVisible();
  await looksRight(page, 'entity-nothing');
  const hostile = '../"><script>window.pwned=1</script>?#%2f';
  await happen(world, [signIn({ actor: hostile, name: '\u202Eeman' })], 0);
  await page.goto(`${world.url}/activity`);
  await rows(page).getByRole('link').click();
  await page.getByRole('dialog').getByRole('link', { name: 'eman' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page.locator('.entities-head')).toContainText('<script>window.pwned=1</script>');
  await looksRight(page, 'entity-hostile');
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
});

test.describe('of what cannot be', () => {
  test.use({ refusals: ['/api/v1/entities/'] });

  test('it is said', async ({ page, world }) => {
    await page.goto(`${world.url}/entities/ip/nowhere`);
    await expect(page.getByRole('alert')).toContainText('is no address');
    await page.goto(`${world.url}/entities/fish/nemo`);
    await expect(page.getByRole('alert')).toContainText('is no kind of entity');
  });
});
