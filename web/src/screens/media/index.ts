/** What other screens use of media. */
export { MediaProvider, useMedia, type MediaActions } from './context';
export { MessageMedia } from './message-media';
export { Album } from './photo';
export { formatBytes, formatDuration } from './files/format';
export { cleanName } from './files/names';
export { DropZone } from './drop-zone';
export { AttachButton, AttachMenu, useAttachments, type Attachments } from './attach/use-attachments';
export { VoiceRecorder } from './voice/voice-recorder';
export { TransferBubble, TransferRow, TransfersButton, useTransfers } from './transfers/transfers-list';
