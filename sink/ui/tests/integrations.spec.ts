// Integrations: connected both ways, mended, looked at, deleted.
import { expect, looksRight, test } from './world';

const INTEGRATIONS = '/integrations';

test('an org is connected from here, and a test comes through', async ({ page, world }) => {
  const { client_id, client_secret } = await world.org.integration();
  await page.goto(`${world.url}${INTEGRATIONS}`);
  await page.getByRole('link', { name: 'Add integration' }).first().click();
  await expect(page.getByRole('heading', { name: 'Start here' })).toBeVisible();
  await looksRight(page, 'integrations-add');
  await page.getByRole('link', { name: 'Start', exact: true }).click();

  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('Say which org it is.')).toBeVisible();
  await page.getByLabel('Okta org').fill(`https://${world.org.address}/app/UserHome`);
  await page.keyboard.press('Enter');
  const launch = page.getByRole('link', { name: /Launch Okta/ });
  await expect(launch).toHaveAttribute('target', '_blank');
  await expect(launch).toHaveAttribute('href', new RegExp(`^https://${world.org.address}/`));
  await expect(page.getByText('okta.eventHooks.manage', { exact: true })).toBeVisible();
  await page.reload();
  await expect(launch).toBeVisible();
  await looksRight(page, 'integrations-start');

  await page.getByLabel('Client secret').fill(client_secret);
  await page.getByLabel('Client id').fill(client_id);
  await page.getByRole('button', { name: 'Validate connection' }).click();
  await expect(page).toHaveURL(/\/integrations\/[0-9a-f-]+\/setup$/);
  expect(page.url()).not.toContain(client_secret);
  await expect(page.getByText('No step failed.')).toBeAttached();
  await looksRight(page, 'integrations-checklist');

  await page.getByRole('button', { name: 'Complete' }).click();
  // The hook's own creation is an event of the System Log, and no delivery.
  await expect(page.getByRole('heading', { name: 'Waiting for the first event' })).toBeVisible();
  await page.getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText(/The test came through in \d/)).toBeVisible();
  await expect(page.getByText('Judged by the rules')).toBeVisible();
  await looksRight(page, 'integrations-test');

  await world.org.lives(5);
  await expect(page.getByRole('heading', { name: 'Events come in' })).toBeVisible();
  await page.goto(`${world.url}${INTEGRATIONS}`);
  await expect(page.getByRole('row', { name: /127\.0\.0\.1/ }).getByText('Connected')).toBeVisible();
});

test('an org whose integration is installed at Okta is connected by one form', async ({ page, world }) => {
  const { client_id, client_secret } = await world.org.integration();
  await page.goto(`${world.url}${INTEGRATIONS}/new`);
  await page.getByRole('link', { name: 'Enter what Okta has shown' }).click();
  await page.getByRole('button', { name: 'Validate connection' }).click();
  await expect(page.getByText('Enter the domain of the org.')).toBeVisible();
  await expect(page.getByText('Paste the client id.')).toBeVisible();
  await looksRight(page, 'integrations-form');

  await page.getByLabel('Okta domain').fill(world.org.address);
  await page.getByLabel('Client id').fill(client_id);
  await page.getByLabel('Client secret').fill(client_secret);
  await page.getByRole('button', { name: 'Validate connection' }).click();
  await expect(page.getByText('No step failed.')).toBeAttached();
  await page.getByRole('button', { name: 'Complete' }).click();
  await world.org.lives(5);
  await expect(page.getByRole('heading', { name: 'Events come in' })).toBeVisible();
  const hooks = await world.org.hooks();
  expect(hooks.map((hook) => hook.is_verified)).toEqual([true]);
});

test.describe('with a wrong secret', () => {
  test.use({ refusals: ['/credentials'] });

  test('the checklist names the step and what to do, and the right secret mends it', async ({ page, world }) => {
    const { client_id, client_secret } = await world.org.integration();
    await page.goto(`${world.url}${INTEGRATIONS}/new?flow=okta`);
    await page.getByLabel('Okta domain').fill(world.org.address);
    await page.getByLabel('Client id').fill(client_id);
    await page.getByLabel('Client secret').fill('wrong-secret');
    await page.getByRole('button', { name: 'Validate connection' }).click();
    await expect(page.getByText('Okta takes the credentials: failed')).toBeVisible();
    await expect(page.getByText('Okta knows the client, and the secret is not its own.')).toBeVisible();
    await expect(page.getByText(/What to do: Copy the secret anew/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Complete' })).toBeDisabled();
    await looksRight(page, 'integrations-wrong-secret');

    await page.getByRole('button', { name: 'Correct the credentials' }).click();
    await page.getByLabel('Client secret').fill('wrong-again');
    await page.getByRole('button', { name: 'Try and keep' }).click();
    await expect(page.getByRole('alert').getByText('the secret is not its own')).toBeVisible();
    await looksRight(page, 'integrations-correct');
    await page.getByLabel('Client secret').fill(client_secret);
    await page.getByRole('button', { name: 'Try and keep' }).click();
    await expect(page.getByText('No step failed.')).toBeAttached();
  });
});

test('an integration is looked at: what comes in, by which way, and which rules use it', async ({ page, world }) => {
  const id = await world.connect();
  await world.org.lives(20);
  await page.goto(`${world.url}${INTEGRATIONS}`);
  await page.getByRole('cell', { name: '127.0.0.1' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'acme' })).toBeVisible();
  await expect(page).toHaveTitle(/acme.* · Nightlatch/);
  const events = page.getByRole('img', { name: /Events an hour: [1-9]/ });
  await expect(events).toBeVisible();
  await expect(page.getByText('Okta has verified its event hook.', { exact: false })).toBeVisible();
  await looksRight(page, 'integrations-detail');

  await page.getByRole('link', { name: 'Event types' }).click();
  await page.getByLabel('Filter event types').fill('user.session.start');
  const row = page.getByRole('row', { name: /user\.session\.start/ });
  await expect(row.getByText('event hook')).toBeVisible();
  await expect(row.getByRole('link').first()).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Filter event types')).toHaveValue('user.session.start');
  await page.getByLabel('Filter event types').fill('');
  await looksRight(page, 'integrations-types');
  await page.getByLabel('Filter event types').fill('nothing-like-it');
  await expect(page.getByText('No event type has this in its name')).toBeVisible();

  await page.getByRole('link', { name: 'Deliveries' }).click();
  await expect(page.getByText('taken: all of it was kept for good').first()).toBeVisible();
  await looksRight(page, 'integrations-deliveries');
  await page.goto(`${world.url}${INTEGRATIONS}/${id}`);
  await page.getByRole('link', { name: 'Integrations', exact: true }).last().click();
  await looksRight(page, 'integrations-list');
});

test('an integration is paused, resumed, and its secrets are rotated', async ({ page, world }) => {
  const id = await world.connect();
  const fresh = await world.org.integration();
  await page.goto(`${world.url}${INTEGRATIONS}/${id}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText(/acme.* is paused\./)).toBeVisible();
  await expect(page.getByText('Somebody has paused it.').first()).toBeVisible();
  expect((await world.org.hooks()).map((hook) => hook.is_active)).toEqual([false]);
  await looksRight(page, 'integrations-paused');
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText(/acme.* goes on\./)).toBeVisible();

  const more = page.getByRole('button', { name: 'More actions' });
  await more.click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: "Rotate the hook's secret" })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await more.click();
  await page.getByRole('menuitem', { name: "Rotate the hook's secret" }).click();
  await expect(page.getByText(/The hook of .*acme.* has a fresh secret\./)).toBeVisible();

  await more.click();
  await page.getByRole('menuitem', { name: 'Rotate the credentials…' }).click();
  await page.getByLabel('Client id').fill(fresh.client_id);
  await page.getByLabel('Client secret').fill(fresh.client_secret);
  await page.getByRole('button', { name: 'Try and keep' }).click();
  await expect(page.getByText('The new credentials are in force.', { exact: false })).toBeVisible();
  await expect(page.getByText(fresh.client_id)).toBeVisible();
});

test('an integration is deleted once its domain is typed, and what was done is told', async ({ page, world }) => {
  const id = await world.connect();
  await page.goto(`${world.url}${INTEGRATIONS}/${id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete acme?' });
  await expect(dialog.getByText(/The event hook .* is removed at Okta/)).toBeVisible();
  const button = dialog.getByRole('button', { name: 'Delete' });
  await expect(button).toBeDisabled();
  await dialog.getByRole('textbox').fill('127.0.0.1');
  await expect(button).toBeDisabled();
  await looksRight(page, 'integrations-delete');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await dialog.getByRole('textbox').fill(world.org.address);
  await button.click();
  await expect(page.getByRole('alert').getByText(/acme.* is deleted\. Its event hook was removed at Okta\./)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No org is connected yet' })).toBeVisible();
  expect(await world.org.hooks()).toEqual([]);
  await looksRight(page, 'integrations-deleted');
});

test('a hook that Okta keeps is told of when the integration is deleted', async ({ page, world }) => {
  const id = await world.connect();
  await page.goto(`${world.url}${INTEGRATIONS}/${id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(world.org.address);
  await world.org.end();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  const alert = page.getByRole('alert');
  await expect(alert.getByText(/acme.* is deleted\. The event hook .* is still at/)).toBeVisible({ timeout: 45_000 });
  await expect(alert.getByText(/Workflow > Event Hooks/)).toBeVisible();
});

test('a name that means harm is text everywhere', async ({ page, world }) => {
  const name = `<img src=x onerror="document.title='harm'"> \u202Egnp.exe =1+1 {{7*7}}`;
  const id = await world.connect(undefined, name);
  for (const path of ['', `/${id}`, `/${id}?tab=types`, `/${id}?tab=deliveries`, `/${id}/setup`]) {
    await page.goto(`${world.url}${INTEGRATIONS}${path}`);
    await expect(page.getByText(name).first()).toBeVisible();
    await expect(page.locator('img[src=x]')).toHaveCount(0);
    expect(await page.title()).not.toBe('harm');
  }
  await page.goto(`${world.url}${INTEGRATIONS}/${id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await expect(page.getByRole('dialog', { name: `Delete ${name}?` })).toBeVisible();
  await looksRight(page, 'integrations-hostile');
});

test('the menu of a row does by keyboard what the page of an integration does', async ({ page, world }) => {
  await world.connect();
  await page.goto(`${world.url}${INTEGRATIONS}`);
  const row = page.getByRole('row', { name: /acme/ });
  const menu = row.getByRole('button', { name: /Actions of .*acme/ });
  const choose = async (name: string) => {
    await menu.focus();
    await page.keyboard.press('Enter');
    const item = page.getByRole('menuitem', { name, exact: true });
    for (let steps = 0; steps < 8 && !(await item.evaluate((it) => it === document.activeElement)); steps += 1) {
      await page.keyboard.press('ArrowDown');
    }
    await expect(item).toBeFocused();
  };
  await choose('Pause');
  await expect(page.getByRole('menu')).toBeInViewport({ ratio: 1 });
  await looksRight(page, 'integrations-menu');
  await choose('Pause');
  await page.keyboard.press('Enter');
  await expect(row.getByText('Paused', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`${INTEGRATIONS}$`));
  await choose('Resume');
  await page.keyboard.press('Enter');
  await expect(row.getByText('Paused', { exact: true })).toHaveCount(0);

  await choose('Send test…');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Send test' }).click();
  await expect(page.getByText(/The test came through in \d/)).toBeVisible();
  await page.keyboard.press('Escape');
  await choose('Rotate the credentials…');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Rotate the credentials' })).toBeVisible();
  await page.keyboard.press('Escape');

  await choose('Delete…');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Delete acme?' });
  await dialog.getByRole('textbox').fill(world.org.address);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('alert').getByText(/acme.* is deleted/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No org is connected yet' })).toBeVisible();
});
