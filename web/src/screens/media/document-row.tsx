import { useLingui } from '@lingui/react/macro';
import {
  CircleCheck,
  Download,
  File,
  FileArchive,
  FileAudio,
  FileCode,
  FileImage,
  FileSpreadsheet,
  FileText,
  FileVideo,
  Presentation,
  RotateCw,
  ShieldAlert,
  type LucideIcon,
} from 'lucide-react';
import { useRef, useState } from 'react';
import type { MessageView } from '../../api';
import { Confirm, cx, IconButton, toasts } from '../../ui';
import { useMedia } from './context';
import { Fetching } from './fetching';
import { formatBytes } from './files/format';
import { cleanName, documentIcon, extensionOf, mayRun, type DocumentIcon } from './files/names';
import { sentenceOf } from './files/sentence';
import { saveBlob } from './files/save';
import type { FileBody } from '../../models/thread/shape';

const icons: Record<DocumentIcon, LucideIcon> = {
  pdf: FileText,
  text: FileText,
  sheet: FileSpreadsheet,
  slides: Presentation,
  archive: FileArchive,
  code: FileCode,
  audio: FileAudio,
  image: FileImage,
  video: FileVideo,
  file: File,
};

const tones: Record<DocumentIcon, string> = {
  pdf: 'bg-danger-soft text-on-danger-soft',
  text: 'bg-avatar-1 text-on-avatar-1',
  sheet: 'bg-success-soft text-on-success-soft',
  slides: 'bg-avatar-4 text-on-avatar-4',
  archive: 'bg-avatar-6 text-on-avatar-6',
  code: 'bg-avatar-8 text-on-avatar-8',
  audio: 'bg-avatar-3 text-on-avatar-3',
  image: 'bg-avatar-7 text-on-avatar-7',
  video: 'bg-avatar-5 text-on-avatar-5',
  file: 'bg-avatar-8 text-on-avatar-8',
};

export function FileIcon({ name, size = 'md' }: { name: string; size?: 'md' | 'lg' }) {
  const kind = documentIcon(name);
  const Icon = icons[kind];
  return (
    <span
      className={cx(
        'flex shrink-0 items-center justify-center rounded-md',
        size === 'md' ? 'size-11' : 'size-20',
        tones[kind],
      )}
    >
      <Icon aria-hidden="true" className={size === 'md' ? 'size-5.5' : 'size-10'} />
    </span>
  );
}

type Saving =
  { state: 'idle' | 'saved' } | { state: 'loading'; done: number; total: number } | { state: 'failed'; text: string };

/** Any file that isn't shown: it can be saved, never opened here. */
export function DocumentRow({ message }: { message: MessageView & { body: FileBody } }) {
  const { t } = useLingui();
  const { engine } = useMedia();
  const { body } = message;
  const [saving, setSaving] = useState<Saving>({ state: 'idle' });
  const [asking, setAsking] = useState(false);
  const fetching = useRef<AbortController>(undefined);
  const name = cleanName(body.name);
  const extension = extensionOf(name);
  const risky = mayRun(body.name, body.media_type);
  const sender = message.sender_name;

  const save = async () => {
    setAsking(false);
    const controller = new AbortController();
    fetching.current = controller;
    setSaving({ state: 'loading', done: 0, total: 0 });
    try {
      const blob = await engine.openFile(
        message.id,
        (done, total) => setSaving({ state: 'loading', done, total }),
        controller.signal,
      );
      saveBlob(blob, name);
      setSaving({ state: 'saved' });
      toasts.show({ text: t`Saved “${name}”`, tone: 'success' });
    } catch (error) {
      setSaving(controller.signal.aborted ? { state: 'idle' } : { state: 'failed', text: sentenceOf(error) });
    }
  };
  const here = saving.state === 'loading' ? saving : { done: 0, total: 0 };
  const done = formatBytes(here.done);
  const total = formatBytes(here.total);
  const detail =
    saving.state === 'failed' ? saving.text : here.done > 0 ? t`${done} of ${total}` : formatBytes(body.size);

  return (
    <div className="flex w-72 max-w-full items-center gap-3 rounded-md bg-current/5 p-2">
      <FileIcon name={name} />
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 text-sm font-medium wrap-anywhere" dir="auto">
          {name}
        </span>
        <span
          className={cx(
            'flex items-center gap-1 text-xs tabular-nums',
            saving.state === 'failed' ? 'text-danger-text' : 'opacity-80',
          )}
        >
          {risky && saving.state !== 'failed' && <ShieldAlert aria-hidden="true" className="size-3.5" />}
          <span className="min-w-0">
            {detail}
            {saving.state !== 'failed' && here.done === 0 && extension !== '' && ` · ${extension.toUpperCase()}`}
          </span>
        </span>
      </span>
      {saving.state === 'loading' ? (
        <Fetching
          label={t`Fetching ${name}`}
          cancel={t`Cancel ${name}`}
          value={here.total > 0 ? here.done / here.total : undefined}
          size={32}
          onCancel={() => fetching.current?.abort()}
          className="text-accent-text"
        />
      ) : (
        <IconButton
          label={saving.state === 'failed' ? t`Try again: ${name}` : t`Save ${name}`}
          onPress={() => {
            if (risky) setAsking(true);
            else void save();
          }}
          className="text-current"
        >
          {saving.state === 'saved' ? (
            <CircleCheck aria-hidden="true" className="size-5.5 text-success-text" />
          ) : saving.state === 'failed' ? (
            <RotateCw aria-hidden="true" className="size-5" />
          ) : (
            <Download aria-hidden="true" className="size-5" />
          )}
        </IconButton>
      )}
      <Confirm
        title={t`Save this file?`}
        confirm={t`Save it`}
        isOpen={asking}
        onConfirm={() => void save()}
        onCancel={() => setAsking(false)}
      >
        {t`“${name}” can run programs on your computer. Save it only if you expected it from ${sender}.`}
      </Confirm>
    </div>
  );
}
