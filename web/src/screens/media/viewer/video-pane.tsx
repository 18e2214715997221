import { useLingui } from '@lingui/react/macro';
import { CircleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, ProgressRing } from '../../../ui';
import { useMedia } from '../context';
import { formatBytes } from '../files/format';
import { NotShown } from '../files/media-store';
import { useFile, useThumbnail } from '../files/use-shown';
import { Loading } from './loading';
import { CantShow, NotThatType } from './viewer';
import type { VisualMessage } from './viewer-model';

type Source = { state: 'checking' } | { state: 'stream'; url: string } | { state: 'refused' } | { state: 'whole' };

/** A video that plays while it is fetched and decrypted; without a service worker all of it is fetched first. */
export function VideoPane({ message, onSave }: { message: VisualMessage; onSave: () => void }) {
  const { t } = useLingui();
  const { store } = useMedia();
  const { body } = message;
  const poster = useThumbnail(message.id, body.thumbnail);
  const [source, setSource] = useState<Source>({ state: 'checking' });
  const [broken, setBroken] = useState(false);
  const { file, open, cancel } = useFile(message, source.state === 'whole');
  const stopped = source.state === 'whole' && file.state === 'idle' && store.isCancelled(message.id);
  useEffect(() => {
    let live = true;
    store.stream(message).then(
      (url) => {
        if (live) setSource({ state: 'stream', url });
      },
      (error: unknown) => {
        if (live) setSource({ state: error instanceof NotShown ? 'refused' : 'whole' });
      },
    );
    return () => {
      live = false;
    };
  }, [store, message]);
  const url = source.state === 'stream' ? source.url : file.state === 'ready' ? file.shown.url : undefined;
  const refused = source.state === 'refused' || file.state === 'refused';
  const size = formatBytes(body.size);
  const failed = broken || file.state === 'failed';
  const from = message.sender_name;
  return (
    <div className="relative flex size-full items-center justify-center">
      {url !== undefined && !failed && (
        // Captions of a video that somebody filmed don't exist; its message may have a text.
        // eslint-disable-next-line jsx-a11y/media-has-caption
        <video
          src={url}
          {...(poster === undefined ? {} : { poster })}
          controls
          autoPlay
          playsInline
          controlsList="nodownload noremoteplayback"
          disableRemotePlayback
          aria-label={t`Video from ${from}`}
          onError={() => {
            if (source.state === 'stream') setSource({ state: 'whole' });
            else setBroken(true);
          }}
          className="size-full object-contain outline-none focus-visible:outline-2 focus-visible:-outline-offset-4 focus-visible:outline-white"
        />
      )}
      {url === undefined && !refused && !failed && (
        <>
          {poster !== undefined && <img src={poster} alt="" className="size-full object-contain blur-sm" />}
          {stopped ? (
            <span className="absolute">
              <Button onPress={open}>{t`Load the video, ${size}`}</Button>
            </span>
          ) : file.state === 'loading' ? (
            <Loading label={t`Loading the video`} value={file.value} onCancel={cancel} />
          ) : (
            <span className="absolute flex rounded-full bg-black/60 p-2">
              <ProgressRing label={t`Loading the video`} size={48} />
            </span>
          )}
        </>
      )}
      {refused && <NotThatType onSave={onSave} size={size} />}
      {broken && <CantShow body={body} onSave={onSave} />}
      {failed && !broken && (
        <div
          role="alert"
          className="absolute flex max-w-80 flex-col items-center gap-3 rounded-lg bg-black/75 p-5 text-center"
        >
          <CircleAlert aria-hidden="true" className="size-7" />
          <p>{t`The video couldn’t be loaded.`}</p>
          <Button onPress={open}>{t`Try again`}</Button>
        </div>
      )}
    </div>
  );
}
