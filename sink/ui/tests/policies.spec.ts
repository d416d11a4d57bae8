// Policies and rules: listed, switched, duplicated, looked at, rolled back.
import { event, happen } from './events';
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
  await page.getByRole('dialog').getByRole('button', { name: 'Duplicate' }).click();
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

test('a rule gets an exception from a match, which is in force at once', async ({ page, world }) => {
  await happen(world, [event()]);
  await page.goto(`${world.url}/policies/${MFA}/rules/${encodeURIComponent(RESET)}`);
  await expect(page.getByRole('link', { name: /^1 detections of All factors reset in 7 days/ })).toBeVisible();
  await page.getByRole('button', { name: 'Add an exception' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an exception' });
  await dialog.getByRole('button', { name: 'Add the exception' }).click();
  await expect(dialog.getByText('Say why it is excepted.')).toBeVisible();
  await expect(dialog.getByText('Give each comparison a field and a value', { exact: false })).toBeVisible();

  await dialog.getByLabel('As in a match').selectOption({ index: 1 });
  await expect(dialog.getByLabel('Field')).toHaveValue(/^okta\.actor\./);
  await expect(dialog.getByLabel('Value', { exact: true })).toHaveValue('ann@example.com');
  await dialog.getByRole('combobox', { name: /^Comparison/ }).selectOption('in');
  await dialog.getByLabel('Values, between commas').fill('ann@example.com, "Doe, Jane", eve@example.com');
  await dialog.getByLabel('Why').fill('They hand out keys.');
  await dialog.getByLabel('Who answers for it').fill('help desk');
  await dialog.getByLabel('Name', { exact: true }).fill('key desk');
  await expect(dialog.getByText(/in \("ann@example.com", "Doe, Jane", "eve@example.com"\)/)).toBeVisible();
  await looksRight(page, 'rule-exception');
  await dialog.getByRole('button', { name: 'Add the exception' }).click();
  await expect(page.getByRole('table', { name: 'Exceptions' }).getByText('key desk')).toBeVisible();

  await happen(world, [event(), event({ actor: 'eve@example.com' }), event({ actor: 'bob@example.com' })], 1);
  await expect
    .poll(async () => {
      const { body } = await world.api<{ events: { actor?: { login?: string } }[] }>('GET', '/events?policy=okta-mfa');
      return body.events.map(({ actor }) => actor?.login).sort();
    })
    .toEqual(['ann@example.com', 'bob@example.com']);
  await page.getByRole('button', { name: 'Take out key desk' }).click();
  await expect(page.getByText('Nothing is excepted', { exact: false })).toBeVisible();
});

test.describe('with an exception that the rule refuses', () => {
  test.use({ refusals: ['/exceptions'] });

  test('the form says what is wrong with it', async ({ page, world }) => {
    await page.goto(`${world.url}/policies/${MFA}/rules/${encodeURIComponent(RESET)}`);
    await page.getByRole('button', { name: 'Add an exception' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add an exception' });
    await dialog.getByLabel('Field').fill('okta.actr.login');
    await dialog.getByLabel('Value', { exact: true }).fill('ann@example.com');
    await dialog.getByLabel('Why').fill('A try.');
    await dialog.getByLabel('Who answers for it').fill('me');
    await dialog.getByRole('button', { name: 'Add the exception' }).click();
    await expect(dialog.getByRole('alert').getByText(/okta\.actr\.login/)).toBeVisible();
    await looksRight(page, 'rule-exception-refused');
  });
});

test('the scope of a policy and its lists are set, and taken back', async ({ page, world }) => {
  const { body: all } = await world.api<{ policies: { id: string }[] }>('GET', '/policies');
  const details = await Promise.all(all.policies.map(({ id }) => world.api<{ id: string; lists: { name: string }[] }>('GET', `/policies/${id}`)));
  const { id, lists } = details.map(({ body }) => body).find((it) => it.lists.length > 0) ?? { id: '', lists: [] };
  const list = lists[0]?.name ?? '';
  await page.goto(`${world.url}/policies/${id}`);
  await page.getByRole('button', { name: 'Edit the scope' }).click();
  await page.getByLabel('Actors').fill('ann@example.com\n\n  bob@example.com ');
  await looksRight(page, 'policy-scope');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('ann@example.com, bob@example.com')).toBeVisible();
  await page.getByRole('button', { name: 'Edit the scope' }).click();
  await page.getByLabel('Actors').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Its rules look at all events of all orgs.')).toBeVisible();

  await page.getByRole('button', { name: `Edit the list ${list}` }).click();
  await page.getByLabel('Items').fill('acme-one\nacme-two');
  await looksRight(page, 'policy-list');
  await page.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: new RegExp(list) });
  await expect(row.getByText('acme-one, acme-two')).toBeVisible();
  await expect(row.getByText('Set by you')).toBeVisible();
  await looksRight(page, 'policy-lists');
  await page.getByRole('button', { name: `Edit the list ${list}` }).click();
  await page.getByRole('button', { name: 'As its rules have it' }).click();
  await expect(row.getByText('Set by you')).toHaveCount(0);
});

test('the list counts detections exactly, by day, and a rule is tried on what was not detected', async ({ page, world }) => {
  const day = 86_400_000;
  await happen(world, [event(), event({ at: Date.now() - 2 * day }), event({ at: Date.now() - 9 * day })]);
  await happen(world, [event({ type: 'user.session.end', actor: 'quiet@example.com' })], 0);
  await page.goto(`${world.url}/policies`);
  const row = page.getByRole('row', { name: /Okta Multi-factor/ });
  await expect(row.getByRole('link', { name: /^2 detections of/ })).toBeVisible();
  await expect(row.getByRole('img', { name: /a day: 2 in all, at most 1/ })).toBeVisible();

  await page.goto(`${world.url}/policies/${MFA}/rules/${encodeURIComponent(RESET)}`);
  await page.getByRole('button', { name: 'Pick a stored event' }).click();
  const stored = page.getByRole('region', { name: 'Stored events' });
  await stored.getByRole('button', { name: 'All activity' }).click();
  await stored.getByRole('searchbox').fill('quiet@example.com');
  await stored.getByRole('button', { name: 'Find' }).click();
  await stored.getByText('user.session.end').click();
  await expect(page.getByLabel('Event, as Okta writes it')).toHaveValue(/quiet@example\.com/);
  await page.getByRole('button', { name: 'Try the rule' }).click();
  await expect(page.getByText('Does not match', { exact: true })).toBeVisible();
});
