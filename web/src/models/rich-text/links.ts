const SCHEMES = new Set(['http:', 'https:', 'mailto:']);
/** Longer addresses aren't for clicking. */
const HREF_MAX_CHARS = 4096;
/** Characters that change the direction of what follows or aren't seen: they make a link look like another. */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** An address that may be opened, in its normal form, and what to show of where it leads. */
export function safeLink(url: string): { href: string; host: string } | undefined {
  if (url.length > HREF_MAX_CHARS) return undefined;
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  if (!SCHEMES.has(parsed.protocol)) return undefined;
  if (parsed.protocol === 'mailto:') return { href: parsed.href, host: parsed.pathname };
  // "https://bank.example@evil.example" leads to evil.example.
  parsed.username = '';
  parsed.password = '';
  return { href: parsed.href, host: parsed.host };
}

export const seen = (text: string): string => text.replace(UNSEEN, '');

/** Whether words say where a link leads. */
export function tells(words: string, href: string, host: string): boolean {
  const shown = seen(words).trim().toLowerCase();
  const bare = shown.replace(/^(?:https?:\/\/|mailto:)/, '');
  if (href.startsWith('mailto:')) return bare === host.toLowerCase();
  return bare === host || ['/', '?', '#'].some((end) => bare.startsWith(host + end));
}

const USER = /^mimi:\/\/([a-z0-9.-]+)\/u\/([a-z0-9._-]+)$/;
const ROOM = /^mimi:\/\/[a-z0-9.-]+\/r\/[0-9a-f]{32}$/;

/** The user that a MIMI address names. */
export function mentionedUser(url: string): string | undefined {
  const match = USER.exec(url);
  return match ? `${match[2] ?? ''}@${match[1] ?? ''}` : undefined;
}
export const isEveryone = (url: string): boolean => ROOM.test(url);
