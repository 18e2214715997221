import { expect, test, vi } from 'vitest';
import { EngineError } from '../engine/engine';
import { FakeEngine } from '../engine/fake';
import { GROUPS } from '../engine/fake-office';
import { ConversationListModel } from './conversations/conversation-list';

test('a question that the lock cut off is no failure', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const engine = new FakeEngine();
  const list = new ConversationListModel(engine, { schedule: queueMicrotask });
  await list.load();
  const asked = vi.spyOn(engine, 'ask').mockRejectedValue(new EngineError('locked', 'The app is locked.'));
  engine.emit({ type: 'conversation_changed', group: GROUPS.launch });
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  await new Promise((later) => setTimeout(later, 10));
  expect(unhandled).not.toHaveBeenCalled();
  process.off('unhandledRejection', unhandled);
  list.close();
});
