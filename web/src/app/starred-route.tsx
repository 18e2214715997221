import { useLingui } from '@lingui/react/macro';
import { useChat, useConversations } from '../screens/conversations/chat';
import { StarredPage } from '../screens/info';
import { MediaProvider } from '../screens/media';
import { PanePage } from '../ui';
import { useChatRoutes } from './chat-routes';
import { useApp } from './context';

/** The stars of all conversations. */
export function StarredRoute() {
  const { t } = useLingui();
  const { engine } = useApp();
  const routes = useChatRoutes();
  const { list } = useChat();
  useConversations();
  return (
    <MediaProvider engine={engine}>
      <PanePage title={t`Starred messages`} back={routes.home}>
        <StarredPage
          engine={engine}
          titleOf={(group) => list.get(group)?.title}
          onShowInThread={(message, group) => routes.go(routes.conversation(group, message))}
        />
      </PanePage>
    </MediaProvider>
  );
}
