import type { PersonView } from '../../api';
import { EngineError, type Engine } from '../../engine/engine';
import { finds, folded } from '../../models/folding';
import { Model } from '../../models/model';
import { byName } from '../../models/order';
import { sentenceOf } from '../media/files/sentence';

export interface PeopleState {
  readonly query: string;
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly error: string | undefined;
  /** Of 1:1s, the latest first. Only without a query. */
  readonly recent: readonly PersonView[];
  /** The directory, or what was found, by name. */
  readonly people: readonly PersonView[];
  /** The directory goes on. */
  readonly more: boolean;
  readonly offline: boolean;
}

/** People who are typing a name aren't asked about every letter. */
const WAIT_MS = 180;
const RECENT_MAX = 5;
/** Pages of the directory read ahead; a large organisation is searched instead. */
const PAGES_MAX = 4;

/** People to choose from: the latest ones, the directory, a search in it. */
export class PeopleModel extends Model<PeopleState> {
  #me: string | undefined;
  #recent: PersonView[] = [];
  #directory: PersonView[] = [];
  #more = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  constructor(
    private readonly engine: Engine,
    /** Who is not offered, such as those who are in a group already. */
    private readonly without: ReadonlySet<string> = new Set(),
  ) {
    super({ query: '', phase: 'loading', error: undefined, recent: [], people: [], more: false, offline: false });
  }

  async load(): Promise<void> {
    const round = ++this.#round;
    this.set({ phase: 'loading', error: undefined });
    try {
      const account = await this.engine.ask({ type: 'account' });
      this.#me = account?.user;
      const conversations = await this.engine.ask({ type: 'conversations' });
      this.#recent = conversations
        .filter((one) => one.kind === 'direct' && one.peer !== null)
        .sort((one, two) => two.last_at_ms - one.last_at_ms)
        .slice(0, RECENT_MAX)
        .map((one) => ({ user: one.peer ?? '', name: one.title, kind: 'member' as const, picture: one.picture }));
      // What the device knows is there at once, also without a network.
      this.set({ recent: this.#offered(this.#recent) });
      await this.#directoryPages(round);
      if (round !== this.#round) return;
      this.#show();
    } catch (error) {
      if (round !== this.#round) return;
      this.#failed(error);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  setQuery(query: string): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.set({ query });
    if (query.trim() === '') {
      this.#show();
      return;
    }
    // Answered at once from what is known, then by the whole directory.
    this.set({ phase: 'loading', recent: [], people: this.#offered(this.#known(query)), more: false });
    this.#timer = setTimeout(() => void this.#find(query), WAIT_MS);
  }

  async #find(query: string): Promise<void> {
    const round = ++this.#round;
    try {
      const answer = await this.engine.command({ type: 'find_users', query: query.trim() });
      if (round !== this.#round || answer.type !== 'people') return;
      this.set({ phase: 'ready', error: undefined, people: this.#offered(answer.people), offline: false });
    } catch (error) {
      if (round !== this.#round) return;
      this.#failed(error);
    }
  }

  async #directoryPages(round: number): Promise<void> {
    const all: PersonView[] = [];
    let after: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answer = await this.engine.command({ type: 'list_people', ...(after === undefined ? {} : { after }) });
      if (answer.type !== 'people' || round !== this.#round) return;
      all.push(...answer.people);
      const last = answer.people.at(-1)?.user;
      this.#more = last !== undefined && last !== after;
      if (last === undefined || last === after) break;
      after = last;
    }
    this.#directory = [...new Map(all.map((person) => [person.user, person])).values()];
  }

  #show(): void {
    this.set({
      phase: 'ready',
      error: undefined,
      recent: this.#offered(this.#recent),
      people: this.#offered(this.#directory),
      more: this.#more,
      offline: false,
    });
  }

  #failed(error: unknown): void {
    const code = error instanceof EngineError ? error.code : 'unknown';
    const offline = code === 'unreachable' || this.engine.status().phase !== 'ready';
    this.set({
      phase: 'failed',
      error: sentenceOf(error),
      offline,
      recent: this.#offered(this.#known(this.getSnapshot().query)),
    });
  }

  #known(query: string): PersonView[] {
    const all = [...this.#recent, ...this.#directory];
    const found = all.filter((person) => finds(query.trim(), `${person.name} ${person.user}`));
    return [...new Map(found.map((person) => [person.user, person])).values()];
  }

  #offered(people: readonly PersonView[]): PersonView[] {
    const seen = people === this.#recent ? this.#recent : undefined;
    const offered = people.filter(
      (person) => person.user !== this.#me && person.kind !== 'recorder' && !this.without.has(person.user),
    );
    if (seen) return offered;
    // Whose handle was typed comes first.
    const handle = folded(this.getSnapshot().query.trim());
    const other = ({ user }: PersonView): number => Number(user !== handle && user.split('@')[0] !== handle);
    return offered.sort((one, two) => other(one) - other(two) || byName(one, two));
  }
}
