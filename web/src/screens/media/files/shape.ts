import type { BodyView, MessageView } from '../../../api';

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

/** How many messages from `at` on make one album; 0 if there is none. Captions end an album: they would be lost in it. */
export function albumLength(messages: readonly MessageView[], at: number): number {
  const first = messages[at];
  if (!first || !isVisual(first) || first.reply_to !== null) return 0;
  let end = at;
  while (end < messages.length && end - at < ALBUM_MAX) {
    const message = messages[end];
    const before = messages[end - 1];
    if (!message || !isVisual(message) || message.sender !== first.sender || message.forwarded !== first.forwarded)
      break;
    if (end > at && before && message.at_ms - before.at_ms > ALBUM_GAP_MS) break;
    if (end > at && message.reply_to !== null) break;
    if (message.reactions.length > 0) break;
    if (message.body.caption !== '') break;
    end += 1;
  }
  return end - at >= ALBUM_MIN ? end - at : 0;
}
