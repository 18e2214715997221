import { UPLOAD_PART_BYTES, UPLOAD_PART_MILLIS } from './limits';

/** Bytes of the next upload request, after one of so many bytes took so long. */
export function nextPartBytes(bytes: number, millis: number): number {
  if (millis < UPLOAD_PART_MILLIS.least) return Math.min(bytes * 2, UPLOAD_PART_BYTES.most);
  if (millis > UPLOAD_PART_MILLIS.most) return Math.max(bytes / 2, UPLOAD_PART_BYTES.least);
  return bytes;
}
