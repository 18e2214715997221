/** A real relay and real command-line clients, each in a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Cargo's folder, as xtask reads the variable: from the checkout's root. */
export const target = resolve(here('../..'), process.env['CARGO_TARGET_DIR'] ?? 'target');
/** Where a program is that a variable names, as the person typed it: from the folder they are in, not the ones that it will be started in. */
export const programNamed = (variable: string, otherwise: string): string =>
  resolve(process.env[variable] ?? otherwise);
export const program = programNamed(
  'CHANCERY',
  join(target, 'debug', process.platform === 'win32' ? 'chancery.exe' : 'chancery'),
);

/** Why a program didn't do what it should: it couldn't be started, took too long, was ended, or says so itself. */
export function whyNot(ran: {
  error?: Error;
  signal?: string | null;
  status: number | null;
  stderr?: string | null;
}): string {
  if (ran.error) return ran.error.message;
  if (ran.signal) return `it was ended by ${ran.signal}`;
  return ran.stderr?.trim() ?? `it ended with ${String(ran.status)}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export type Line = Record<string, unknown>;

export class World {
  readonly dir: string;
  readonly url: string;
  /** What `init` printed. */
  readonly made: Line;
  readonly #app: string;
  /** Configuration of the relay, as variables. */
  #settings: Record<string, string> = {};
  #relay: ChildProcess | undefined;

  private constructor(dir: string, url: string, app: string, listen: string) {
    this.dir = dir;
    this.url = url;
    this.#app = app;
    const names = [
      '--domain',
      'example.org',
      '--name',
      'Example Ltd',
      '--owner',
      'alice',
      '--owner-name',
      'Alice Martin',
    ];
    this.made = this.run('init', ...names, '--listen', listen, '--public-url', url, '--json')[0] ?? {};
  }

  /** An organisation whose relay runs. `app` is the folder that it serves; the built app when nothing is said. */
  static async running(app = here('../dist/app'), settings: Record<string, string> = {}): Promise<World> {
    if (!existsSync(program)) throw new Error(`${program} isn't there: run \`cargo build -p chancery-cli\` first.`);
    if (!existsSync(join(app, 'index.html'))) throw new Error(`${app} isn't built: run \`cargo xtask web\` first.`);
    const port = await freePort();
    // A name and no address: passkeys belong to names.
    const world = new World(
      mkdtempSync(join(tmpdir(), 'chancery-e2e-')),
      `http://localhost:${port}`,
      app,
      `127.0.0.1:${port}`,
    );
    world.#settings = settings;
    await world.start();
    return world;
  }

  environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('CHANCERY'));
    return {
      ...Object.fromEntries(kept),
      CHANCERY_PROFILES_DIR: join(this.dir, 'profiles'),
      WEB_APP_DIR: this.#app,
      TZ: 'UTC',
    };
  }

  /** Starts the relay; resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(program, ['serve', '--json'], {
      cwd: this.dir,
      env: { ...this.environment(), ...this.#settings },
      stdio: ['ignore', 'pipe', process.env['RELAY_LOG'] ? 'inherit' : 'ignore'],
    });
    this.#relay = child;
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', () => resolve());
      child.once('error', (error) => reject(new Error(`the relay can't be started: ${error.message}`)));
      child.once('exit', (status, signal) =>
        reject(new Error(`the relay didn't start: ${whyNot({ status, signal })}; RELAY_LOG=1 shows its log`)),
      );
    });
  }

  /** Kills the relay; resolves when it is gone. */
  async kill(): Promise<void> {
    const relay = this.#relay;
    this.#relay = undefined;
    if (relay?.exitCode !== null) return;
    const gone = new Promise((resolve) => relay.once('exit', resolve));
    relay.kill('SIGKILL');
    await gone;
  }

  /** Ends everything. */
  async end(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs a command that has to succeed; every line of its output is JSON. */
  run(...args: string[]): Line[] {
    return this.#run('', args);
  }

  #run(input: string, args: string[]): Line[] {
    const ran = spawnSync(program, args, {
      input,
      cwd: this.dir,
      env: this.environment(),
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (ran.status !== 0) throw new Error(`chancery ${args.join(' ')}: ${whyNot(ran)}`);
    return ran.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  /** The same, as a profile. */
  client(profile: string, ...args: string[]): Line[] {
    return this.run('--profile', profile, '--json', ...args);
  }

  /** The same with something to read: an argument can't hold every sign. */
  clientReading(profile: string, input: string, ...args: string[]): Line[] {
    return this.#run(input, ['--profile', profile, '--json', ...args]);
  }

  /** An invitation's link. */
  invite(user: string, name: string): string {
    return String(this.run('invite', user, '--name', name, '--json')[0]?.['link']);
  }

  /** The owner joins on the command line. */
  joinOwner(): void {
    this.client('alice', 'join', String(this.made['invitation']), '--label', 'laptop');
  }

  /** Messages that people wrote, as a profile sees them; none while it isn't in the conversation yet. */
  messages(profile: string, conversation: string): Line[] {
    let all: Line[];
    try {
      all = this.client(profile, 'messages', conversation);
    } catch (error) {
      if (String(error).includes('no_such_conversation')) return [];
      throw error;
    }
    return all.filter((message) => message['sender'] !== null);
  }

  /** Texts of these messages. */
  texts(profile: string, conversation: string): string[] {
    return this.messages(profile, conversation).map((message) =>
      String((message['body'] as Line | undefined)?.['text']),
    );
  }
}
