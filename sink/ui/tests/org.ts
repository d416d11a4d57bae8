// The simulated Okta org behind the binary, and what a test has happen in it.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { Program } from './process';

/** What an administrator grants. */
export const SCOPES = ['okta.eventHooks.manage', 'okta.eventHooks.read', 'okta.logs.read'];

/** A client that an administrator has made. */
export interface Client {
  app_id: string;
  client_id: string;
  client_secret: string;
}

interface Hook {
  id: string;
  name: string;
  is_active: boolean;
  is_verified: boolean;
}

export class Org {
  private constructor(
    private readonly program: Program,
    /** As a person would enter it: an address with a port. */
    readonly address: string,
    /** The file of the certificate that vouches for it. */
    readonly certificate: string,
  ) {}

  /** Starts an org at rest. */
  static async start(folder: string): Promise<Org> {
    const certificate = join(folder, 'okta-sim-ca.pem');
    const program = Program.start('okta-sim', [
      ...['--ca', certificate, '--events-per-second', '0', '--warm-up', '0', '--hurry', '20', '--plain-receivers'],
    ]);
    const address = await program.until('the org listens', async () => {
      const said = /at https:\/\/([^\s]+)/.exec(program.output());
      return /trust/.test(program.output()) ? said?.[1] : undefined;
    });
    return new Org(program, address, certificate);
  }

  /** Gives an order (`tests/okta-sim/src/simulator/control.rs` lists them). */
  order<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return new Promise((resolved, failed) => {
      const [host, port] = this.address.split(':');
      const asked = request(
        { host, port, path: `/sim${path}`, method, ca: readFileSync(this.certificate), agent: false },
        (answer) => {
          let text = '';
          answer.on('data', (part: Buffer) => {
            text += part.toString();
          });
          answer.on('end', () => {
            if ((answer.statusCode ?? 500) >= 300) {
              failed(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
            } else {
              resolved((text === '' ? undefined : JSON.parse(text)) as T);
            }
          });
        },
      );
      asked.on('error', failed);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** What an administrator makes to let us in. */
  integration(scopes: readonly string[] = SCOPES): Promise<Client> {
    return this.order('POST', '/integrations', { scopes });
  }

  /** Has people go about their work. */
  async lives(eventsPerSecond: number): Promise<void> {
    await this.order('PUT', '/pace', { events_per_second: eventsPerSecond });
  }

  /** Starts an attack, such as `mfa_fatigue`. */
  async attack(scenario: string): Promise<void> {
    await this.order('POST', '/attacks', { scenario });
  }

  async hooks(): Promise<Hook[]> {
    const { hooks } = await this.order<{ hooks: Hook[] }>('GET', '');
    return hooks;
  }

  end(): Promise<void> {
    return this.program.end();
  }
}
