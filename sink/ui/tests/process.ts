// A program that a test runs, ended with the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

/** Where the binaries are that are tested. */
const BINARIES = resolve(process.env['NIGHTLATCH_BINARIES'] ?? join(import.meta.dirname, '../../../target/debug'));
/** How long a program may take to start, and to end. */
const PATIENCE_MS = 30_000;

export class Program {
  private said = '';

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (text: Buffer) => {
        this.said += text.toString();
      });
    }
    // A program that is not there is told of by `until`.
    child.on('error', (error) => {
      this.said += String(error);
    });
  }

  static start(name: string, words: string[], environment: Record<string, string> = {}): Program {
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment };
    return new Program(name, spawn(join(BINARIES, name), words, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** What it has printed so far. */
  output(): string {
    return this.said;
  }

  /** Waits until `ask` knows; fails when the program ends before. */
  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const known = await ask().catch(() => undefined);
      if (known !== undefined) {
        return known;
      }
      if (this.child.exitCode !== null || this.child.pid === undefined || Date.now() > deadline) {
        throw new Error(`${what}: ${this.name} did not get there; it says:\n${this.said}`);
      }
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** Ends it, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined) {
      return;
    }
    const gone = new Promise((resolved) => this.child.once('exit', resolved));
    this.child.kill('SIGINT');
    const late = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    await gone;
    clearTimeout(late);
  }
}

/** A port of this machine that nobody has. */
export function freePort(): Promise<number> {
  return new Promise((resolved, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolved(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
