import type { BodyView, MessageView } from '../../api';

export type FileBody = Extract<BodyView, { type: 'file' }>;
export type LocationBody = Extract<BodyView, { type: 'location' }>;
export type ContactBody = Extract<BodyView, { type: 'contact' }>;

/** How a file is laid out before it is here, by the sender's word; what it is shown as is decided by its bytes. */
export type FileShape = 'photo' | 'video' | 'voice' | 'audio' | 'document';

const PHOTOS = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'];
const VIDEOS = ['video/mp4', 'video/webm', 'video/ogg'];
const SOUNDS = [
  'audio/ogg',
  'audio/mpeg',
  'audio/mp3',
  'audio/mp4',
  'audio/m4a',
  'audio/x-m4a',
  'audio/aac',
  'audio/webm',
  'audio/wav',
  'audio/x-wav',
];

/** Without parameters, in lower case. */
export function baseType(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}

export function shapeOf(body: FileBody): FileShape {
  const type = baseType(body.media_type);
  if (PHOTOS.includes(type)) return 'photo';
  if (VIDEOS.includes(type)) return 'video';
  if (SOUNDS.includes(type)) return body.waveform !== null && body.waveform.length > 0 ? 'voice' : 'audio';
  return 'document';
}

/** Whether the viewer shows it. */
export function isVisual(message: MessageView): message is MessageView & { body: FileBody } {
  return message.body.type === 'file' && ['photo', 'video'].includes(shapeOf(message.body));
}

export function isVoice(message: MessageView): message is MessageView & { body: FileBody } {
  return message.body.type === 'file' && shapeOf(message.body) === 'voice';
}

export function familyOfShape(shape: FileShape) {
  return shape === 'photo' ? 'image' : shape === 'video' ? 'video' : shape === 'document' ? undefined : 'audio';
}

/** Pictures that follow each other from one sender are one album. */
const ALBUM_MIN = 2;
const ALBUM_MAX = 30;
/** Sent further apart than this, they belong to different moments. */
const ALBUM_GAP_MS = 60_000;

export type VisualMessage = MessageView & { body: FileBody };

/**
 * How many messages from `at` on make one album; 0 if there is none. A caption stands below the first or the last; others end
 * an album, because they would be lost in it. So do a reply, reactions, and what couldn't be sent: each has a bubble of its own.
 */
export function albumLength(messages: readonly MessageView[], at: number, maximum = ALBUM_MAX): number {
  const first = messages[at];
  if (!first || !mayJoin(first) || first.reply_to !== null) return 0;
  const most = Math.min(maximum, ALBUM_MAX);
  const captioned = first.body.caption !== '';
  let end = at + 1;
  while (end < messages.length && end - at < most) {
    const message = messages[end];
    const before = messages[end - 1];
    if (!message || !before || !mayJoin(message) || message.reply_to !== null) break;
    if (message.sender !== first.sender || message.forwarded !== first.forwarded) break;
    if (message.at_ms - before.at_ms > ALBUM_GAP_MS) break;
    if (message.body.caption !== '') {
      if (!captioned) end += 1;
      break;
    }
    end += 1;
  }
  return end - at >= ALBUM_MIN ? end - at : 0;
}

function mayJoin(message: MessageView): message is VisualMessage {
  return isVisual(message) && message.reactions.length === 0 && message.state !== 'failed' && message.state !== 'held';
}
