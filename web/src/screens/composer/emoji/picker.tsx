import { useLingui } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Apple, Clock, Flag, Hand, Heart, Leaf, Lightbulb, Plane, Smile, Trophy } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { cx, isComposing, SearchField, Skeleton } from '../../../ui';
import { keep, loadEmoji, readKept, searchEmoji, withTone, type EmojiGroups, type Tone } from './data';

const COLUMNS = 8;
const CELL_PX = 40;
const icons = [Clock, Smile, Hand, Leaf, Apple, Plane, Trophy, Lightbulb, Heart, Flag];
const TONES = ['👋', '👋🏻', '👋🏼', '👋🏽', '👋🏾', '👋🏿'];

interface Cell {
  readonly emoji: string;
  readonly name: string;
}
type Line =
  { readonly title: string; readonly group: number } | { readonly cells: readonly Cell[]; readonly group: number };

function linesOf(groups: readonly { title: string; cells: readonly Cell[] }[]): Line[] {
  return groups.flatMap(({ title, cells }, group): Line[] => {
    if (cells.length === 0) return [];
    const lines: Line[] = [{ title, group }];
    for (let at = 0; at < cells.length; at += COLUMNS) lines.push({ cells: cells.slice(at, at + COLUMNS), group });
    return lines;
  });
}

/** Choosing an emoji: by searching, by looking, or one of the last. Arrow keys move, Enter takes. */
export function EmojiPicker({
  searching = true,
  onPick,
}: {
  /** Whether the cursor waits in the search field. */
  searching?: boolean;
  onPick: (emoji: string) => void;
}) {
  const { t, i18n } = useLingui();
  const [groups, setGroups] = useState<EmojiGroups>();
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState('');
  const [kept, setKept] = useState(() => readKept(localStorage));
  const [at, setAt] = useState(0);
  const [toning, setToning] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    loadEmoji(i18n.locale).then(setGroups, () => setFailed(true));
  }, [i18n.locale]);

  const lines = useMemo((): Line[] => {
    if (!groups) return [];
    const cell = (one: EmojiGroups[number][number]): Cell => ({ emoji: withTone(one, kept.tone), name: one.name });
    if (query.trim() !== '') return linesOf([{ title: t`Found`, cells: searchEmoji(groups, query).map(cell) }]);
    const names = new Map(groups.flat().flatMap((one) => [one.emoji, ...one.skins].map((sign) => [sign, one.name])));
    const titles = [
      t`Smileys and feelings`,
      t`People`,
      t`Animals and nature`,
      t`Food and drink`,
      t`Travel and places`,
      t`Activities`,
      t`Objects`,
      t`Symbols`,
      t`Flags`,
    ];
    return linesOf([
      { title: t`Recent`, cells: kept.recent.map((emoji) => ({ emoji, name: names.get(emoji) ?? emoji })) },
      ...groups.map((group, n) => ({ title: titles[n] ?? '', cells: group.map(cell) })),
    ]);
  }, [groups, query, kept, t]);
  const cells = useMemo(() => lines.flatMap((line) => ('cells' in line ? line.cells : [])), [lines]);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is read at once and handed to nobody
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (n) => (lines[n] && 'cells' in lines[n] ? CELL_PX : 30),
    overscan: 4,
  });
  const pick = (emoji: string) => {
    setKept(keep(localStorage, { used: emoji }));
    onPick(emoji);
  };
  const lineOf = (index: number): number => {
    let seen = 0;
    return lines.findIndex((line) => {
      if ('cells' in line) seen += line.cells.length;
      return seen > index;
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    const rtl = document.documentElement.dir === 'rtl' ? -1 : 1;
    const inField = event.target instanceof HTMLInputElement;
    const step = { ArrowDown: COLUMNS, ArrowUp: -COLUMNS, ArrowRight: rtl, ArrowLeft: -rtl }[event.key];
    if (event.key === 'Enter') {
      const cell = cells[at];
      if (cell && (inField || event.target === event.currentTarget)) {
        event.preventDefault();
        pick(cell.emoji);
      }
      return;
    }
    if (step === undefined || (inField && query !== '' && Math.abs(step) === 1)) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(cells.length - 1, at + step));
    setAt(next);
    virtual.scrollToIndex(lineOf(next));
  };
  const first = virtual.range ? lines[virtual.range.startIndex]?.group : 0;
  let drawnCell = 0;
  const startOf = new Map<number, number>();
  lines.forEach((line, n) => {
    startOf.set(n, drawnCell);
    if ('cells' in line) drawnCell += line.cells.length;
  });
  return (
    // The keys of the field and the grid together.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="flex h-96 max-h-[60dvh] w-86 max-w-full flex-col short:max-h-[calc(100dvh-1rem)]"
      onKeyDown={onKeyDown}
    >
      <div className="flex items-center gap-2 p-3 pb-2">
        <SearchField
          className="min-w-0 flex-1"
          label={t`Search emoji`}
          value={query}
          onChange={(value) => {
            setQuery(value);
            setAt(0);
            virtual.scrollToOffset(0);
          }}
          autoFocus={searching}
        />
        <button
          type="button"
          aria-label={t`Skin tone`}
          aria-expanded={toning}
          onClick={() => setToning(!toning)}
          className="flex size-10 shrink-0 items-center justify-center rounded-full text-xl hover:bg-hover"
        >
          {TONES[kept.tone]}
        </button>
      </div>
      {toning && (
        <div role="radiogroup" aria-label={t`Skin tone`} className="flex justify-end gap-1 px-3 pb-2">
          {TONES.map((sign, tone) => {
            const number = tone + 1;
            return (
              <button
                key={sign}
                type="button"
                role="radio"
                aria-checked={kept.tone === tone}
                aria-label={t`Skin tone ${number}`}
                onClick={() => {
                  setKept(keep(localStorage, { tone: tone as Tone }));
                  setToning(false);
                }}
                className={cx('size-9 rounded-full text-xl hover:bg-hover', kept.tone === tone && 'bg-accent-soft')}
              >
                {sign}
              </button>
            );
          })}
        </div>
      )}
      <div ref={scroller} className="scroller min-h-0 flex-1 px-3" role="presentation">
        {!groups && !failed && (
          <div className="grid grid-cols-8 gap-2 py-2">
            {Array.from({ length: 40 }, (_, n) => (
              <Skeleton key={n} round className="size-8" />
            ))}
          </div>
        )}
        {failed && (
          <p className="p-4 text-center text-sm text-muted">{t`The emoji couldn’t be loaded. Try again when you are online.`}</p>
        )}
        {groups && lines.length === 0 && <p className="p-4 text-center text-sm text-muted">{t`Nothing found`}</p>}
        <div role="grid" aria-label={t`Emoji`} className="relative" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            return (
              <div
                key={item.key}
                role="row"
                className="absolute inset-x-0 top-0 flex"
                style={{ height: `${item.size}px`, transform: `translateY(${item.start}px)` }}
              >
                {'title' in line ? (
                  <span role="rowheader" className="self-end pb-1 text-xs font-semibold text-muted">
                    {line.title}
                  </span>
                ) : (
                  line.cells.map((cell, n) => {
                    const index = (startOf.get(item.index) ?? 0) + n;
                    return (
                      <span key={`${cell.emoji} ${n}`} role="gridcell" className="flex w-1/8">
                        <button
                          type="button"
                          tabIndex={-1}
                          aria-label={cell.name}
                          title={cell.name}
                          onClick={() => pick(cell.emoji)}
                          className={cx(
                            'flex size-10 items-center justify-center rounded-md text-2xl leading-none hover:bg-hover',
                            index === at && 'bg-hover',
                          )}
                        >
                          {cell.emoji}
                        </button>
                      </span>
                    );
                  })
                )}
              </div>
            );
          })}
        </div>
      </div>
      {query.trim() === '' && (
        <div className="flex justify-between border-t border-line px-2 py-1" role="presentation">
          {icons.map((Icon, group) => {
            const line = lines.findIndex((one) => one.group === group);
            const title = lines[line];
            if (line < 0 || !title || !('title' in title)) return null;
            return (
              <button
                key={group}
                type="button"
                aria-label={title.title}
                title={title.title}
                onClick={() => virtual.scrollToIndex(line, { align: 'start' })}
                className={cx(
                  'flex size-8 items-center justify-center rounded-full hover:bg-hover',
                  first === group ? 'text-accent-text' : 'text-faint',
                )}
              >
                <Icon aria-hidden="true" className="size-4.5" />
              </button>
            );
          })}
        </div>
      )}
    </div>
  );
}
