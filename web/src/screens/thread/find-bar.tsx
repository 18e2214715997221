import { useLingui } from '@lingui/react/macro';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { useModel } from '../../app/use-model';
import { SearchModel } from '../../models/search/search';
import { IconButton, isComposing, SearchField, Spinner } from '../../ui';
import { useChat } from '../conversations/chat';

/** Searching in one conversation: hit by hit, from the newest to the oldest. */
export function FindBar({
  group,
  onJump,
  onClose,
}: {
  group: string;
  onJump: (message: string) => void;
  onClose: () => void;
}) {
  const { t, i18n } = useLingui();
  const { engine } = useChat();
  const search = useMemo(() => new SearchModel(engine, { group }), [engine, group]);
  useEffect(() => () => search.close(), [search]);
  const { phase, found, current, query, more } = useModel(search);
  const jump = useRef(onJump);
  useEffect(() => {
    jump.current = onJump;
  });
  const shown = phase === 'done' ? found[current]?.message.id : undefined;
  useEffect(() => {
    if (shown !== undefined) jump.current(shown);
  }, [shown]);
  const at = i18n.number(current + 1);
  const of = `${i18n.number(found.length)}${more ? '+' : ''}`;
  return (
    <div role="search" className="flex items-center gap-1 border-b border-line bg-surface px-2 py-1.5 md:px-4">
      <SearchField
        className="min-w-0 flex-1"
        label={t`Search in this conversation`}
        value={query}
        onChange={(text) => search.query(text)}
        autoFocus
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) event.continuePropagation();
          else if (event.key === 'Enter') search.step(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') onClose();
          else event.continuePropagation();
        }}
      />
      <span role="status" className="min-w-16 shrink-0 text-center text-sm text-muted tabular-nums">
        {phase === 'searching' && <Spinner size="sm" />}
        {phase === 'failed' && t`No result`}
        {phase === 'done' && (found.length === 0 ? t`No result` : t`${at} of ${of}`)}
      </span>
      <IconButton label={t`Older result`} isDisabled={current >= found.length - 1} onPress={() => void search.step(1)}>
        <ChevronUp aria-hidden="true" className="size-5" />
      </IconButton>
      <IconButton label={t`Newer result`} isDisabled={current === 0} onPress={() => void search.step(-1)}>
        <ChevronDown aria-hidden="true" className="size-5" />
      </IconButton>
      <IconButton label={t`Close search`} onPress={onClose}>
        <X aria-hidden="true" className="size-5" />
      </IconButton>
    </div>
  );
}
