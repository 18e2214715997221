import type { MessageView } from '../../api';
import { Model } from '../model';
import { words } from '../search/search';

/** More can't be forwarded or deleted at once. */
export const SELECTED_MAX = 100;

export interface SelectionState {
  readonly active: boolean;
  readonly chosen: ReadonlyMap<string, MessageView>;
}

/** Several messages of a thread. */
export class SelectionModel extends Model<SelectionState> {
  constructor() {
    super({ active: false, chosen: new Map() });
  }

  begin(message: MessageView): void {
    this.set({ active: true, chosen: new Map([[message.id, message]]) });
  }

  toggle(message: MessageView): void {
    const chosen = new Map(this.getSnapshot().chosen);
    if (!chosen.delete(message.id) && chosen.size < SELECTED_MAX) chosen.set(message.id, message);
    this.set({ chosen, active: chosen.size > 0 });
  }

  end(): void {
    this.set({ active: false, chosen: new Map() });
  }

  /** In the order of the thread. */
  messages(): MessageView[] {
    return [...this.getSnapshot().chosen.values()].sort((a, b) => a.at_ms - b.at_ms || a.seq - b.seq);
  }

  allOwn(me: string | null): boolean {
    return this.messages().every((message) => message.sender === me && message.body.type !== 'deleted');
  }

  allStarred(): boolean {
    return this.messages().every((message) => message.starred);
  }

  /** For the clipboard: one message as it is, several with name and time. */
  text(time: (ms: number) => string): string {
    const all = this.messages();
    const [only] = all;
    if (all.length === 1 && only) return words(only);
    return all.map((message) => `[${time(message.at_ms)}] ${message.sender_name}: ${words(message)}`).join('\n');
  }
}
