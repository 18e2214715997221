import { InfoPanel } from '../screens/info';
import { MediaProvider } from '../screens/media';
import { useChatRoutes } from './chat-routes';
import { useApp } from './context';

/** What is known about the open conversation. */
export function InfoPane({ group }: { group: string }) {
  const { engine } = useApp();
  const routes = useChatRoutes();
  const here = routes.conversationInfo(group);
  return (
    <MediaProvider engine={engine} onOpenConversation={(other) => routes.go(routes.conversation(other))}>
      <InfoPanel
        key={group}
        engine={engine}
        group={group}
        onClose={() => routes.go(routes.conversation(group))}
        onOpen={(other) => routes.go(routes.conversation(other))}
        onShowInThread={(message) => routes.go(routes.conversation(group, message))}
        onSafetyNumber={(user) => routes.go(`/safety/${encodeURIComponent(user)}?back=${encodeURIComponent(here)}`)}
      />
    </MediaProvider>
  );
}
