// Policies and rules: listed, switched, duplicated, looked at, rolled back.
import { expect, looksRight, test } from './world';

const MFA = 'okta-mfa';
const RESET = 'All factors reset';

interface Policy {
  enabled: boolean;
  revision: string;
  tuning: { severity?: number; rules?: Record<string, { enabled?: boolean }> };
  rule_list: { name: string; enabled: boolean }[];
}

const CUSTOM = `- policy:
    id: strange
    name: "=cmd|' /C calc'!A0 <script>alert(1)</script>"
    description: "<img src=x onerror=alert(1)> \\u202Egnp.exe \\e[31mred"
    severity: 2
    type: okta
    enabled: true
    runbook: "javascript:alert(1)"

- rule: "<b>bold</b> \\u202Ereversed"
  desc: "<script>document.title = 'owned'</script>"
  condition: okta.evt.type = user.session.start and okta.actor.alternateid contains "<script>"
  output: "%okta.actor.alternateid came in"
  priority: ERROR
  source: okta
`;

test('policies are filtered by kind, and switched', async ({ page, world }) => {
  await page.goto(`${world.url}/policies`);
  await expect(page.getByRole('row', { name: /Okta Multi-factor/ })).toBeVisible();
  await looksRight(page, 'policies');

  await page.getByRole('button', { name: /^Custom/ }).click();
  await expect(page.getByText('There is no custom policy yet')).toBeVisible();
  await page.reload();
  await expect(page.getByText('There is no custom policy yet')).toBeVisible();
  await looksRight(page, 'policies-none');
  await page.getByRole('button', { name: /^All/ }).click();

  const toggle = page.getByRole('switch', { name: 'Policy Okta Connection' });
  await expect(toggle).toBeChecked();
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  const { body } = await world.api<Policy>('GET', '/policies/okta-connection');
  expect(body.enabled).toBe(false);
});

test('a policy shows its rules, each with a switch', async ({ page, world }) => {
  await page.goto(`${world.url}/policies/${MFA}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Okta Multi-factor Authentication' })).toBeVisible();
  await looksRight(page, 'policy');
  const name = (await world.api<Policy>('GET', `/policies/${MFA}`)).body.rule_list.find((rule) => rule.enabled)?.name ?? '';
  const toggle = page.getByRole('switch', { name: `Rule ${name}` });
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  const { body } = await world.api<Policy>('GET', `/policies/${MFA}`);
  expect(body.tuning.rules?.[name]).toEqual({ enabled: false });

  await page.getByRole('button', { name: 'More of this policy' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByLabel('Runbook').fill('https://wiki.example.com/mfa');
  await looksRight(page, 'policy-settings');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: 'https://wiki.example.com/mfa' })).toBeVisible();
});

test('each change of a policy is a version that leads back', async ({ page, world }) => {
  const { body: before } = await world.api<Policy>('GET', `/policies/${MFA}`);
  const name = before.rule_list.find((rule) => rule.enabled)?.name ?? '';
  await page.goto(`${world.url}/policies/${MFA}`);
  await page.getByRole('switch', { name: `Rule ${name}` }).click();
  await expect(page.getByRole('switch', { name: `Rule ${name}` })).not.toBeChecked();
  const { etag } = await world.api('GET', `/policies/${MFA}`);
  const set = { tuning: { runbook: 'https://wiki.example.com/mfa' }, note: 'A runbook.' };
  expect((await world.api('PATCH', `/policies/${MFA}`, set, etag ?? '')).status).toBe(200);

  await page.getByRole('link', { name: 'Versions' }).click();
  await expect(page.getByText(`${name}: Switched off.`)).toBeVisible();
  await page.getByRole('button', { name: new RegExp(`${name}: Switched off`) }).click();
  await expect(page.getByRole('region', { name: 'What differs' })).toContainText('"enabled": false');
  await looksRight(page, 'policy-versions');
  await page.getByRole('button', { name: 'Roll back to it' }).click();
  await expect(page.getByRole('region', { name: 'What will change' })).toContainText('wiki.example.com');
  await looksRight(page, 'policy-rollback');
  await page.getByRole('button', { name: 'Roll back', exact: true }).click();
  await expect(page.getByText('The policy is as it was then.')).toBeVisible();
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  await expect(page.getByText('None yet: say under Settings')).toBeVisible();
});

test('of two who change the same, the second is told', async ({ page, world }) => {
  const switched: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') {
      switched.push(request.headers()['if-match'] ?? '');
    }
  });
  await page.goto(`${world.url}/policies/${MFA}`);
  const toggle = page.getByRole('switch', { name: 'Policy Okta Multi-factor Authentication' });
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  await toggle.click();
  await expect(toggle).toBeChecked();
  expect(switched).toHaveLength(2);
  expect(switched[0]).not.toBe(switched[1]);
});

test('a managed policy is duplicated to a ruleset of another name and severity', async ({ page, world }) => {
  await page.goto(`${world.url}/policies/${MFA}`);
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await page.getByRole('button', { name: 'Duplicate', exact: true }).last().click();
  await expect(page.getByText('Enter an id of letters')).toBeVisible();
  await page.getByLabel('Id of the copy').fill('acme-mfa');
  await page.getByLabel('Name', { exact: true }).fill('Acme MFA');
  await page.getByLabel('Severity').selectOption('2');
  await looksRight(page, 'policy-duplicate');
  await page.getByRole('dialog').getByRole('button', { name: 'Duplicate' }).click();
  await expect(page).toHaveURL(/\/policies\/acme-mfa$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Acme MFA' })).toBeVisible();
  await expect(page.getByText('Managed ruleset')).toBeVisible();
  const { body } = await world.api<Policy>('GET', '/policies/acme-mfa');
  expect(body.tuning.severity).toBe(2);

  await page.getByRole('button', { name: 'More of this policy' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByLabel(/Type acme-mfa/).fill('acme-mfa');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page).toHaveURL(/\/policies$/);
  expect((await world.api('GET', '/policies/acme-mfa')).status).toBe(404);
});

test('a rule shows what it is, what it comes to, and what it has found', async ({ page, world }) => {
  await world.connect();
  await world.org.order('POST', '/events', {
    eventType: 'user.mfa.factor.reset_all',
    actor: { id: '00u1', type: 'User', alternateId: 'ann@example.com', displayName: 'Ann Example' },
    outcome: { result: 'SUCCESS' },
    target: [{ id: '00u2', type: 'User', alternateId: 'bob@example.com', displayName: 'Bob Example' }],
  });
  await page.goto(`${world.url}/policies/${MFA}/rules/${encodeURIComponent(RESET)}`);
  await expect(page.getByRole('heading', { name: 'Effective condition' })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Recent matches' }).getByText('ann@example.com')).toBeVisible();
  await page.getByRole('button', { name: 'Run tests' }).click();
  await expect(page.getByText(/All \d+ passed/)).toBeVisible();
  await page.getByRole('button', { name: 'Pick a stored event' }).click();
  await page.getByRole('region', { name: 'Stored events' }).getByText('user.mfa.factor.reset_all').first().click();
  await page.getByRole('button', { name: 'Try the rule' }).click();
  await expect(page.getByText('Matches', { exact: true })).toBeVisible();
  await looksRight(page, 'rule');
  await page.getByRole('heading', { name: 'Try on an event' }).scrollIntoViewIfNeeded();
  await looksRight(page, 'rule-tried');
});

test('names and texts that are hostile are shown as text', async ({ page, world }) => {
  const made = await world.api('POST', '/policies', { text: CUSTOM });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  await page.goto(`${world.url}/policies`);
  await expect(page.getByRole('link', { name: /<script>alert\(1\)<\/script>/ })).toBeVisible();
  await page.goto(`${world.url}/policies/strange`);
  await expect(page.getByText('javascript:alert(1)')).toBeVisible();
  await expect(page.getByRole('link', { name: 'javascript:alert(1)' })).toHaveCount(0);
  await page.getByRole('link', { name: /<b>bold<\/b>/ }).click();
  await expect(page.getByText("<script>document.title = 'owned'</script>").first()).toBeVisible();
  await looksRight(page, 'rule-hostile');
  expect(await page.title()).not.toBe('owned');
});
