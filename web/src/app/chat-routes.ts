import { useRouter } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ChatRoutes } from '../screens/conversations/chat';

/** Addresses of the conversations, for screens that don't know the router. */
export function useChatRoutes(): ChatRoutes {
  const router = useRouter();
  return useMemo(
    () => ({
      conversation: (group, message) =>
        `/c/${encodeURIComponent(group)}${message === undefined ? '' : `?message=${message}`}`,
      conversationInfo: (group) => `/c/${encodeURIComponent(group)}/info`,
      newConversation: '/new',
      home: '/',
      go: (address) => router.history.push(address),
    }),
    [router],
  );
}
