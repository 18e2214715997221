import { useLingui } from '@lingui/react/macro';
import { CircleHelp } from 'lucide-react';
import type { MessageView } from '../../api';
import { ContactCard } from './contact/contact-card';
import { DocumentRow } from './document-row';
import { shapeOf, type FileBody } from '../../models/thread/shape';
import { LocationCard } from './location/location-card';
import { Visual } from './photo';
import { VoiceNote } from './voice/voice-note';

/**
 * Whatever a message carries besides text: photo, video, sound, document, place, contact card. Captions are the thread's,
 * beside its other text. Nothing for text, deleted messages and notes.
 */
export function MessageMedia({ message }: { message: MessageView }) {
  const { t } = useLingui();
  const { body } = message;
  switch (body.type) {
    case 'file':
      return <FileMedia message={{ ...message, body }} />;
    case 'location':
      return <LocationCard body={body} />;
    case 'contact':
      return <ContactCard body={body} />;
    case 'unknown':
      return (
        <div className="flex max-w-80 items-start gap-2 text-sm">
          <CircleHelp aria-hidden="true" className="mt-0.5 size-4.5 shrink-0" />
          {t`This message can’t be shown by this version. Update the app to see it.`}
        </div>
      );
    case 'text':
    case 'deleted':
    case 'note':
      return null;
  }
}

function FileMedia({ message }: { message: MessageView & { body: FileBody } }) {
  const shape = shapeOf(message.body);
  switch (shape) {
    case 'photo':
    case 'video':
      return <Visual message={message} />;
    case 'voice':
    case 'audio':
      return <VoiceNote message={message} voice={shape === 'voice'} />;
    case 'document':
      return <DocumentRow message={message} />;
  }
}
