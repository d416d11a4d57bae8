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
