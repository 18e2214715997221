import { useLingui } from '@lingui/react/macro';
import {
  AlertCircle,
  Ban,
  Check,
  CheckCheck,
  CircleHelp,
  Clock,
  Contact,
  FileText,
  Hand,
  Image,
  MapPin,
  Mic,
  Music,
  Video,
} from 'lucide-react';
import type { MessageState, PreviewKind, PreviewView } from '../../api';
import { plainLine } from '../../models/rich-text/text';
import { cx } from '../../ui';

const icons: Partial<Record<PreviewKind, typeof Image>> = {
  photo: Image,
  video: Video,
  voice: Mic,
  audio: Music,
  file: FileText,
  location: MapPin,
  contact: Contact,
  deleted: Ban,
  unknown: CircleHelp,
};

/** What a message is, in a word, where there are no words of its own. */
export function useKindName(): (kind: PreviewKind) => string {
  const { t } = useLingui();
  return (kind) => {
    switch (kind) {
      case 'text':
        return t`Message`;
      case 'photo':
        return t`Photo`;
      case 'video':
        return t`Video`;
      case 'voice':
        return t`Voice note`;
      case 'audio':
        return t`Sound`;
      case 'file':
        return t`Document`;
      case 'location':
        return t`Location`;
      case 'contact':
        return t`Contact`;
      case 'deleted':
        return t`Message deleted`;
      case 'unknown':
        return t`Message from a newer version`;
    }
  };
}

/** One line of a message, with a sign of what it is. */
export function PreviewLine({ line }: { line: PreviewView }) {
  const name = useKindName();
  const Icon = icons[line.kind];
  // Of a document without a caption it is the name.
  const text = line.kind === 'file' ? line.text : plainLine(line.text);
  return (
    <>
      {Icon !== undefined && (
        <Icon aria-hidden="true" className="me-1 inline-block size-3.5 shrink-0 align-[-0.15em]" />
      )}
      <span className={cx((line.kind === 'deleted' || line.kind === 'unknown') && 'italic')}>
        {line.kind === 'deleted' || text === '' ? name(line.kind) : text}
      </span>
    </>
  );
}

/** Clock, a hand for what waits for a word, one tick, two ticks, two coloured ticks, or that it failed. */
export function Receipt({ state, className }: { state: MessageState; className?: string }) {
  const { t } = useLingui();
  const look = cx('inline-block size-4 shrink-0', className);
  switch (state) {
    case 'waiting':
      return <Clock role="img" aria-label={t`Waiting to be sent`} className={cx(look, 'p-px')} />;
    case 'held':
      return <Hand role="img" aria-label={t`Held`} className={cx(look, 'text-danger-text')} />;
    case 'sent':
      return <Check role="img" aria-label={t`Sent`} className={look} />;
    case 'delivered':
      return <CheckCheck role="img" aria-label={t`Delivered`} className={look} />;
    case 'read':
      return <CheckCheck role="img" aria-label={t`Read`} className={cx(look, 'text-accent-text')} />;
    case 'failed':
      return <AlertCircle role="img" aria-label={t`Not sent`} className={cx(look, 'text-danger-text')} />;
    case 'received':
      return null;
  }
}
