import { useLingui } from '@lingui/react/macro';
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
  return (
    <MediaProvider engine={engine}>
      <PanePage title={t`Starred messages`} back={routes.home}>
        <StarredPage
          engine={engine}
          onShowInThread={(message, group) => routes.go(routes.conversation(group, message))}
        />
      </PanePage>
    </MediaProvider>
  );
}
