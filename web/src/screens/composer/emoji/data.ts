import { folded } from '../../../models/folding';

/** Emoji, name, further words to find it by, and with skin tones from light to dark. */
type Row = readonly [emoji: string, name: string, tags: string, skins?: string];

export interface Emoji {
  readonly emoji: string;
  readonly name: string;
  readonly words: string;
  readonly skins: readonly string[];
}

export type EmojiGroups = readonly (readonly Emoji[])[];

/** 0 is no tone. */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5;

const files: Record<string, () => Promise<{ default: unknown }>> = {
  en: () => import('./en.json'),
  es: () => import('./es.json'),
  fr: () => import('./fr.json'),
};

const loaded = new Map<string, Promise<EmojiGroups>>();

/** All emoji with their names in a language. */
export function loadEmoji(locale: string): Promise<EmojiGroups> {
  const key = locale in files ? locale : 'en';
  let groups = loaded.get(key);
  if (!groups) {
    groups = (files[key] ?? (() => import('./en.json')))().then((file) =>
      (file.default as Row[][]).map((group) =>
        group.map(([emoji, name, tags, skins]) => ({
          emoji,
          name,
          words: folded(`${name} ${tags}`),
          skins: skins?.split(' ') ?? [],
        })),
      ),
    );
    loaded.set(key, groups);
    // Offline and not yet kept by the service worker: try again the next time.
    groups.catch(() => loaded.delete(key));
  }
  return groups;
}

export const withTone = (one: Emoji, tone: Tone): string =>
  tone === 0 ? one.emoji : (one.skins[tone - 1] ?? one.emoji);

const FOUND_MAX = 80;

/** By the beginnings of words; names that begin with them come first. */
export function searchEmoji(groups: EmojiGroups, query: string): Emoji[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: { one: Emoji; rank: number }[] = [];
  for (const one of groups.flat()) {
    const begins = (word: string) => one.words.startsWith(word) || one.words.includes(` ${word}`);
    if (words.every(begins)) found.push({ one, rank: one.words.startsWith(words[0] ?? '') ? 0 : 1 });
  }
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, FOUND_MAX)
    .map(({ one }) => one);
}

const KEY = 'emoji';
const RECENT_MAX = 24;
export const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

interface Kept {
  readonly recent: readonly string[];
  readonly tone: Tone;
}

/** Recent ones and the skin tone: of this browser, nothing secret. */
export function readKept(storage: Pick<Storage, 'getItem'>): Kept {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? '{}') as Partial<Kept>;
    const recent = Array.isArray(kept.recent)
      ? kept.recent.filter((one) => typeof one === 'string' && one.length < 40)
      : [];
    const tone = ([0, 1, 2, 3, 4, 5] as const).find((one) => one === kept.tone) ?? 0;
    return { recent: recent.slice(0, RECENT_MAX), tone };
  } catch {
    return { recent: [], tone: 0 };
  }
}

export function keep(storage: Pick<Storage, 'getItem' | 'setItem'>, change: { used?: string; tone?: Tone }): Kept {
  const old = readKept(storage);
  const { used } = change;
  const next: Kept = {
    recent: used === undefined ? old.recent : [used, ...old.recent.filter((one) => one !== used)].slice(0, RECENT_MAX),
    tone: change.tone ?? old.tone,
  };
  try {
    storage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage denied or full: then it isn't remembered.
  }
  return next;
}
