import { createContext, use } from 'react';
import type { MessageView } from '../../api';
import type { Point } from '../../ui/action-menu';

/** What can be done with a message. One object per thread, so that bubbles needn't be drawn again. */
export interface MessageActions {
  readonly menu: (message: MessageView, at: Point) => void;
  readonly react: (message: MessageView, emoji: string) => void;
  readonly pick: (message: MessageView, at: Point) => void;
  readonly reactions: (message: MessageView) => void;
  readonly reply: (message: MessageView) => void;
  readonly jump: (id: string) => void;
  readonly info: (message: MessageView) => void;
  readonly toggle: (message: MessageView) => void;
  readonly retry: (message: MessageView) => void;
  readonly remove: (message: MessageView) => void;
}

export const ActionsContext = createContext<MessageActions | undefined>(undefined);

export function useMessageActions(): MessageActions {
  const actions = use(ActionsContext);
  if (!actions) throw new Error('a message outside of a thread');
  return actions;
}
