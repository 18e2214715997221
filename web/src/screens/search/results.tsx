import { useLingui } from '@lingui/react/macro';
import { SearchX } from 'lucide-react';
import { Link } from 'react-aria-components';
import type { Piece } from '../../models/search/highlight';
import type { SearchState } from '../../models/search/search';
import { Button, EmptyState, SkeletonRows } from '../../ui';
import { Face } from '../new/picture';
import { useChat } from '../conversations/chat';
import { listTime } from '../conversations/times';

/** A line with what was looked for marked in it. */
export function Marked({ pieces }: { pieces: readonly Piece[] }) {
  return (
    <>
      {pieces.map((piece, n) =>
        piece.hit ? (
          <mark key={n} className="rounded-[0.2em] bg-accent-soft font-semibold text-on-accent-soft">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}

export interface SearchResultsProps {
  state: SearchState;
  onMore: () => void;
  /** Something was found already that stands above. */
  hasAbove?: boolean;
}

/** Messages that were found, the newest first; each leads to its place. */
export function SearchResults({ state, onMore, hasAbove = false }: SearchResultsProps) {
  const { t, i18n } = useLingui();
  const { routes, now, engine, list } = useChat();
  const { found, phase } = state;
  const { query } = state;
  if (phase === 'searching' && found.length === 0) return <SkeletonRows rows={4} />;
  if (phase === 'failed')
    return <EmptyState title={t`The search didn’t work`}>{t`Try it again in a moment.`}</EmptyState>;
  if (phase === 'done' && found.length === 0) {
    if (hasAbove) return null;
    return (
      <EmptyState icon={<SearchX aria-hidden="true" />} title={t`Nothing found for “${query.trim()}”`}>
        {t`Messages are searched on this device, by the beginnings of words.`}
      </EmptyState>
    );
  }
  return (
    <section aria-label={t`Messages`}>
      {found.length > 0 && <h2 className="px-4 pt-3 pb-1.5 text-sm font-semibold text-muted">{t`Messages`}</h2>}
      <ul>
        {found.map((row) => {
          const view = list.get(row.group);
          return (
            <li key={row.message.id}>
              <Link
                href={routes.conversation(row.group, row.message.id)}
                className="flex w-full items-center gap-3 px-4 py-2.5 outline-none hovered:bg-hover pressed:bg-pressed focus-ring:outline-2 focus-ring:-outline-offset-2 focus-ring:outline-focus md:mx-2 md:w-[calc(100%-1rem)] md:rounded-md md:px-2.5"
              >
                <Face
                  engine={engine}
                  size="md"
                  of={view?.kind === 'direct' && view.peer !== null ? { user: view.peer } : { group: row.group }}
                  hash={view?.picture}
                  name={row.title}
                />
                <span className="min-w-0 flex-1">
                  <span className="flex items-baseline gap-2">
                    <span className="min-w-0 flex-1 truncate text-sm font-medium" dir="auto">
                      {row.title}
                    </span>
                    <span className="shrink-0 text-xs text-muted tabular-nums">
                      {listTime(i18n.locale, row.message.at_ms, now())}
                    </span>
                  </span>
                  <span className="line-clamp-2 text-sm text-muted" dir="auto">
                    {view?.kind === 'group' && <span>{row.message.sender_name}: </span>}
                    <Marked pieces={row.pieces} />
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
      {state.more && (
        <div className="flex justify-center p-3">
          <Button variant="quiet" onPress={onMore}>
            {t`Show more`}
          </Button>
        </div>
      )}
    </section>
  );
}
