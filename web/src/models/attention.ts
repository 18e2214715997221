/**
 * Lets the service worker tell of what comes while nobody looks, and take back what was read, changed or deleted.
 *
 * **Invariant:** the page shows nothing itself, so that two tabs never tell of the same message twice.
 */
import type { Engine } from '../engine/engine';
import type { PreferencesModel } from './preferences';

/** What comes at once is told of at once. */
const TOGETHER_MS = 500;

export interface AttentionPort {
  hidden(): boolean;
  /** To the service worker. */
  tell(what: 'news' | 'read'): void;
  after(ms: number, act: () => void): void;
}

/** Returns how to stop. */
export function watchAttention(
  engine: Pick<Engine, 'onEvent'>,
  preferences: PreferencesModel,
  port: AttentionPort,
): () => void {
  const waiting = new Set<'news' | 'read'>();
  const tell = (what: 'news' | 'read') => {
    if (waiting.has(what)) return;
    waiting.add(what);
    port.after(TOGETHER_MS, () => {
      waiting.delete(what);
      port.tell(what);
    });
  };
  return engine.onEvent((event) => {
    if (!preferences.getSnapshot().notifications) return;
    const changed = event.type === 'message' && (event.message.body.type === 'deleted' || event.message.edited);
    if (changed || event.type === 'message_gone') tell('read');
    if (port.hidden()) {
      if (event.type === 'message' && event.new) tell('news');
    } else if (event.type === 'conversation_changed' || event.type === 'caught_up') {
      tell('read');
    }
  });
}
