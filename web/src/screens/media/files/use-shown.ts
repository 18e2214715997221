import { useCallback, useEffect, useRef, useState } from 'react';
import type { MessageView } from '../../../api';
import { useMedia } from '../context';
import { NotShown, type Shown } from './media-store';
import { sentenceOf } from './sentence';
import type { FileBody } from '../../../models/thread/shape';

type FileMessage = MessageView & { body: FileBody };

/** The small picture of a message's file, once it is here. */
export function useThumbnail(message: string, has: boolean): string | undefined {
  const { store } = useMedia();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!has) return;
    let live = true;
    store.thumbnail(message).then(
      (shown) => {
        if (live) setUrl(shown?.url);
      },
      () => undefined,
    );
    return () => {
      live = false;
      store.releaseThumbnail(message);
    };
  }, [store, message, has]);
  return url;
}

export type OpenState =
  /** Nobody asked for it, or somebody cancelled it. */
  | { state: 'idle' }
  | { state: 'loading'; value: number | undefined }
  | { state: 'ready'; shown: Shown }
  /** Not what the sender says it is. */
  | { state: 'refused' }
  | { state: 'failed'; message: string };

/** The file itself. It is fetched when `wanted` unless it was cancelled before, and whenever `open` is called. */
export function useFile(
  message: FileMessage,
  wanted: boolean,
): { file: OpenState; open: () => void; cancel: () => void } {
  const { store } = useMedia();
  const [file, setFile] = useState<OpenState>({ state: 'idle' });
  const [asked, setAsked] = useState(0);
  const go = asked > 0 || (wanted && !store.isCancelled(message.id));
  // The bytes of a message never change; a new object for the same message must not fetch again.
  const latest = useRef(message);
  useEffect(() => {
    latest.current = message;
  });
  useEffect(() => {
    if (!go) return;
    let live = true;
    const { id } = latest.current;
    const begun = setTimeout(() => {
      if (live) setFile((now) => (now.state === 'ready' ? now : { state: 'loading', value: undefined }));
    });
    store
      .open(latest.current, (value) => {
        if (live) setFile({ state: 'loading', value });
      })
      .then(
        (shown) => {
          if (live) setFile({ state: 'ready', shown });
        },
        (error: unknown) => {
          if (!live) return;
          if (error instanceof NotShown) setFile({ state: 'refused' });
          else if (store.isCancelled(id)) setFile({ state: 'idle' });
          else setFile({ state: 'failed', message: sentenceOf(error) });
        },
      )
      .finally(() => clearTimeout(begun));
    return () => {
      live = false;
      clearTimeout(begun);
      store.release(id);
    };
  }, [store, message.id, go, asked]);
  const open = useCallback(() => setAsked((times) => times + 1), []);
  const cancel = useCallback(() => store.cancel(message.id), [store, message.id]);
  return { file, open, cancel };
}

/** Whether an element was near the visible part of the page; it stays true. */
export function useNearby(): [(element: Element | null) => void, boolean] {
  const [near, setNear] = useState(false);
  const observer = useRef<IntersectionObserver>(undefined);
  const ref = useCallback((element: Element | null) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        setNear(true);
        observer.current?.disconnect();
      },
      { rootMargin: '300px' },
    );
    observer.current.observe(element);
  }, []);
  return [ref, near];
}
