import { createContext, lazy, Suspense, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { MessageView } from '../../api';
import type { Engine } from '../../engine/engine';
import { MediaStore } from './files/media-store';
import { VoicePlayer } from './voice/player';

const Viewer = lazy(() => import('./viewer/viewer').then((module) => ({ default: module.Viewer })));

/** What media can't do by themselves: places elsewhere in the app. Without one, its button isn't there. */
export interface MediaActions {
  onForward?: (message: MessageView) => void;
  onInfo?: (message: MessageView) => void;
  /** A conversation that was opened from a contact card. */
  onOpenConversation?: (group: string) => void;
}

export interface MediaScope extends MediaActions {
  engine: Engine;
  store: MediaStore;
  player: VoicePlayer;
  openViewer: (message: MessageView) => void;
}

const Scope = createContext<MediaScope | undefined>(undefined);

export function useMedia(): MediaScope {
  const scope = use(Scope);
  if (!scope) throw new Error('MediaProvider is missing above this component.');
  return scope;
}

/** Once around everything that shows messages: decrypted media, the one voice player and the viewer live here. */
export function MediaProvider({
  engine,
  children,
  onForward,
  onInfo,
  onOpenConversation,
}: MediaActions & { engine: Engine; children: ReactNode }) {
  const [viewed, setViewed] = useState<MessageView>();
  const store = useMemo(() => new MediaStore(engine), [engine]);
  const player = useMemo(() => new VoicePlayer(store), [store]);
  useEffect(
    () => () => {
      player.stop();
      store.close();
    },
    [player, store],
  );
  const scope = useMemo<MediaScope>(
    () => ({
      engine,
      store,
      player,
      openViewer: setViewed,
      ...(onForward && { onForward }),
      ...(onInfo && { onInfo }),
      ...(onOpenConversation && { onOpenConversation }),
    }),
    [engine, store, player, onForward, onInfo, onOpenConversation],
  );
  return (
    <Scope value={scope}>
      {children}
      {viewed && (
        <Suspense fallback={null}>
          <Viewer key={viewed.id} start={viewed} onClose={() => setViewed(undefined)} />
        </Suspense>
      )}
    </Scope>
  );
}
