import { useRouter } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { JoinGroupModel } from '../models/join-group';
import { JoinGroupScreen } from '../screens/group/join-group';
import { useChatRoutes } from './chat-routes';
import { useApp } from './context';

/** Where a link into a group leads. The link stays in the address while somebody waits, so that a reload goes on with it. */
export function JoinGroupRoute() {
  const { engine } = useApp();
  const { history } = useRouter();
  const routes = useChatRoutes();
  const [model] = useState(() => new JoinGroupModel(engine, location.href));
  const open = useCallback((group: string) => history.replace(routes.conversation(group)), [history, routes]);
  return <JoinGroupScreen model={model} onOpen={open} onDone={() => history.replace(routes.home)} />;
}
