/** Links that people pass on: invitations and device links. Their secrets stand after the `#`, which never reaches a server. */

export interface PassedLink {
  readonly kind: 'invitation' | 'device';
  /** The whole link, as the core wants it. */
  readonly link: string;
  /** Scheme, host and port of the server. */
  readonly origin: string;
  readonly host: string;
  /** SHA-256 of the organisation's root key, in hexadecimal; invitations only. */
  readonly fingerprint?: string;
}

export type LinkProblem = 'invalid_link' | 'link_version' | 'insecure_link';

const VERSION = 1;
const PAYLOAD_BYTES = 49;
/** Nothing longer is read at all. */
const LINK_CHARS_MAX = 2048;

const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

function decode(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Reads a link, also out of a longer text such as a forwarded mail. */
export function readLink(text: string): PassedLink | { problem: LinkProblem } {
  const found = /https?:\/\/\S+/.exec(text.slice(0, LINK_CHARS_MAX * 2))?.[0] ?? '';
  // Mail programs put a bracket or a full stop at the end.
  const clean = found.replace(/[)\]>.,;!?"'’”]+$/u, '');
  if (clean === '' || clean.length > LINK_CHARS_MAX || !URL.canParse(clean)) return { problem: 'invalid_link' };
  const url = new URL(clean);
  const kind = url.pathname === '/i' ? 'invitation' : url.pathname === '/l' ? 'device' : undefined;
  if (kind === undefined || url.username !== '' || url.password !== '') return { problem: 'invalid_link' };
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return { problem: 'insecure_link' };
  const bytes = decode(url.hash.slice(1));
  const version = bytes?.[0] ?? 0;
  if (!bytes || version < VERSION) return { problem: 'invalid_link' };
  if (version > VERSION) return { problem: 'link_version' };
  if (bytes.length !== PAYLOAD_BYTES) return { problem: 'invalid_link' };
  const shared = { kind, link: `${url.origin}${url.pathname}${url.hash}`, origin: url.origin, host: url.host } as const;
  return kind === 'invitation' ? { ...shared, fingerprint: hex(bytes.subarray(1, 33)) } : shared;
}

/** Groups of four, so that two people can read it to each other. */
export const spaced = (text: string, size = 4): string => text.match(new RegExp(`.{1,${size}}`, 'gu'))?.join(' ') ?? '';
