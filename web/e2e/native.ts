/** A command-line client that runs while a browser is driven. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Line, program, type World } from './world';

export class Running {
  readonly #child: ChildProcess;
  readonly #lines: Line[] = [];
  readonly #listeners = new Set<() => void>();
  readonly ended: Promise<number | null>;
  #over = false;

  constructor(world: World, profile: string, ...args: string[]) {
    const child = spawn(program, ['--profile', profile, '--json', ...args], {
      cwd: world.dir,
      env: world.environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as Line);
      for (const listener of this.#listeners) listener();
    });
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        this.#over = true;
        for (const listener of this.#listeners) listener();
        resolve(code);
      }),
    );
  }

  /** The first line that has this field. */
  line(field: string): Promise<Line> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.#lines.find((line) => field in line);
        if (!found && !this.#over) return;
        this.#listeners.delete(look);
        if (found) resolve(found);
        else reject(new Error(`it ended without saying ${field}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
