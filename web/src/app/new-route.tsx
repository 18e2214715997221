import { useRouter } from '@tanstack/react-router';
import { NewConversation } from '../screens/new/new-conversation';
import { useApp } from './context';
import { useChatRoutes } from './chat-routes';

/** Somebody is chosen to talk to, or some people for a group. */
export function NewRoute() {
  const { engine } = useApp();
  const { history } = useRouter();
  const routes = useChatRoutes();
  return (
    <NewConversation
      engine={engine}
      onOpen={(group) => history.replace(routes.conversation(group))}
      onClose={() => routes.go(routes.home)}
    />
  );
}
