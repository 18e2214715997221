import { createContext, use, useEffect, useMemo, type ReactNode } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import { ConversationListModel, type ConversationListState } from '../../models/conversations/conversation-list';
import { ThreadOpener } from '../../models/thread/opener';

/** The way between the screens; the router gives it, in the gallery a state. */
export interface ChatRoutes {
  /** Address of a conversation, maybe at a message. */
  readonly conversation: (group: string, message?: string) => string;
  readonly conversationInfo: (group: string) => string;
  readonly newConversation: string;
  readonly home: string;
  readonly go: (address: string) => void;
}

export interface Chat {
  readonly engine: Engine;
  readonly list: ConversationListModel;
  readonly threads: ThreadOpener;
  readonly routes: ChatRoutes;
  readonly now: () => number;
}

const Scope = createContext<Chat | undefined>(undefined);

export function useChat(): Chat {
  const chat = use(Scope);
  if (!chat) throw new Error('ChatProvider is missing above this component.');
  return chat;
}

/** The one list of conversations of the page, for everything that shows or picks them. */
export function ChatProvider({ routes, children }: { routes: ChatRoutes; children: ReactNode }) {
  const { engine, now } = useApp();
  const list = useMemo(() => new ConversationListModel(engine, { now }), [engine, now]);
  const threads = useMemo(() => new ThreadOpener(engine), [engine]);
  useEffect(() => {
    void list.load();
    return () => list.close();
  }, [list]);
  useEffect(() => () => threads.close(), [threads]);
  const chat = useMemo(() => ({ engine, list, threads, routes, now }), [engine, list, threads, routes, now]);
  return <Scope value={chat}>{children}</Scope>;
}

export function useConversations(): ConversationListState {
  return useModel(useChat().list);
}
