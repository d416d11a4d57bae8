// What a new policy begins with: one rule that works, and tests of it.

export const NEW_RULES = `# Your own rules. Everything is checked as you type; Ctrl-Space completes.

- policy:
    id: my-policy
    name: My policy
    description: >
      What these rules watch for.
    severity: 4
    type: okta
    enabled: true

- rule: Session from an anonymizing proxy
  desc: >
    Somebody started a session through a network that hides where they are. Ask them whether it was
    them; if not, end their sessions and reset their password.
  condition: >
    okta.evt.type = user.session.start
    and okta.result = SUCCESS
    and okta.security.isproxy = true
  output: "%okta.actor.alternateid signed in through a proxy, from %okta.client.ip"
  priority: WARNING
  source: okta
  tags: [okta, T1078.004]
`;

export const NEW_TESTS = `# What the rules match, and what they nearly match.

- test: a sign-in through a proxy
  rule: Session from an anonymizing proxy
  event:
    eventType: user.session.start
    actor: {id: 00u1ann, type: User, alternateId: ann@example.com, displayName: Ann Example}
    outcome: {result: SUCCESS}
    securityContext: {isProxy: true}
  matches: true

- test: a sign-in from the office
  rule: Session from an anonymizing proxy
  event:
    eventType: user.session.start
    actor: {id: 00u1ann, type: User, alternateId: ann@example.com, displayName: Ann Example}
    outcome: {result: SUCCESS}
    securityContext: {isProxy: false}
  matches: false
`;

/** Tests with one more: an event, and what the rule says of it. JSON is YAML as well. */
export function testOf(tests: string, rule: string, event: unknown, matches: boolean): string {
  const type = typeof event === 'object' && event !== null && 'eventType' in event ? String(event.eventType) : 'an event';
  const name = `${type} ${matches ? 'matches' : 'does not match'}`;
  const before = tests.trim() === '' ? '' : `${tests.trimEnd()}\n\n`;
  return `${before}- test: ${JSON.stringify(name)}
  rule: ${JSON.stringify(rule)}
  event: ${JSON.stringify(event)}
  matches: ${matches}
`;
}
