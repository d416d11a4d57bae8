// What happened: in one sentence, and who, whom, from where.
import { Fact, Linked, Section } from './Facts';
import { closed } from './foreign';
import { type Client, type Party, entityPath, networkName, partyName, placeName, userPath } from './party';

export interface Happening {
  actor?: Party | null;
  targets: readonly Party[];
  client?: Client | null;
  outcome?: { result?: string | null; reason?: string | null } | null;
  /** Okta's sentence about it, else its event type. */
  message: string;
  session?: string | null;
  org: string;
}

const Foreign = ({ children }: { children: string }) => <b className="foreign">{closed(children)}</b>;

/** Targets that are told of; more are counted. */
const MOST_TARGETS = 3;

/** What happened, in one sentence. */
export function Sentence({ of: { actor, targets, client, outcome, message } }: { of: Happening }) {
  const place = placeName(client);
  const target = targets.map(partyName).filter((name) => name !== '' && name !== partyName(actor));
  return (
    <p className="events-sentence">
      <Foreign>{partyName(actor) || 'Somebody'}</Foreign> caused “<Foreign>{message}</Foreign>”
      {target.length > 0 ? (
        <>
          {' '}
          on <Foreign>{target.slice(0, MOST_TARGETS).join(', ')}</Foreign>
          {target.length > MOST_TARGETS ? ` and ${target.length - MOST_TARGETS} more` : ''}
        </>
      ) : null}
      {client?.ip != null ? (
        <>
          {' '}
          from <Foreign>{client.ip}</Foreign>
        </>
      ) : null}
      {place === '' ? null : (
        <>
          {' '}
          in <Foreign>{place}</Foreign>
        </>
      )}
      {outcome?.result != null ? (
        <>
          ; it ended in <Foreign>{outcome.result}</Foreign>
        </>
      ) : null}
      .
    </p>
  );
}

/** Who, whom and from where, with links to the pages of people and addresses. */
export function Who({ of: { actor, targets, client, outcome, session, org } }: { of: Happening }) {
  const ip = client?.ip;
  return (
    <Section title="Who, whom, from where">
      <dl className="facts">
        <Fact name="Actor">{actor ? <PartyFact party={actor} to={userPath(actor)} /> : null}</Fact>
        {targets.map((target, index) => (
          <Fact key={index} name={targets.length > 1 ? `Target ${index + 1}` : 'Target'}>
            <PartyFact party={target} to={target.type === 'User' ? userPath(target) : undefined} />
          </Fact>
        ))}
        <Fact name="IP address">{ip == null ? null : <Linked to={entityPath('ip', ip)}>{ip}</Linked>}</Fact>
        <Fact name="Place">{placeName(client)}</Fact>
        <Fact name="Network">{networkName(client)}</Fact>
        <Fact name="Proxy">{client?.is_proxy == null ? null : client.is_proxy ? 'yes' : 'no'}</Fact>
        <Fact name="Device">{client?.device}</Fact>
        <Fact name="User agent">{client?.user_agent}</Fact>
        <Fact name="Session">{session}</Fact>
        <Fact name="Outcome">{[outcome?.result, outcome?.reason].filter(Boolean).join(': ')}</Fact>
        <Fact name="Org">{org}</Fact>
      </dl>
    </Section>
  );
}

function PartyFact({ party, to }: { party: Party; to: string | undefined }) {
  return (
    <>
      <Linked to={to}>{partyName(party)}</Linked>{' '}
      <span className="muted foreign">{closed([party.type, party.login, party.id].filter(Boolean).join(' · '))}</span>
    </>
  );
}
