import { cleanName } from './names';

/** A download that begins late still finds its bytes. */
const URL_KEPT_MS = 60_000;

/**
 * Saves by download. The bytes go under a type that no browser renders, so that even a browser that opens downloads opens
 * nothing in the app's origin.
 */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = cleanName(name);
  link.rel = 'noopener';
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), URL_KEPT_MS);
}
