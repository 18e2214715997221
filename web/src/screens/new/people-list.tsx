import { useLingui } from '@lingui/react/macro';
import { Check, SearchX, Users, WifiOff } from 'lucide-react';
import { useEffect, useMemo, type ReactNode } from 'react';
import { Header, ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components';
import type { PersonView } from '../../api';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import { folded } from '../../models/folding';
import { Badge, Banner, Button, cx, EmptyState, SearchField, SkeletonRows } from '../../ui';
import { PeopleModel } from './people-model';
import { Face } from './picture';

const NOBODY: ReadonlySet<string> = new Set();

/** A field and people below it; the arrow keys go from one to the other. */
export function PeopleList({
  engine,
  label,
  without = NOBODY,
  chosen,
  onChoose,
  top,
}: {
  engine: Engine;
  label: string;
  without?: ReadonlySet<string>;
  /** Ids of those ticked, when several may be chosen. */
  chosen?: ReadonlySet<string>;
  onChoose: (person: PersonView) => void;
  /** Between the field and the people, while nothing is searched. */
  top?: ReactNode;
}) {
  const { t } = useLingui();
  const model = useMemo(() => new PeopleModel(engine, without), [engine, without]);
  const state = useModel(model);
  useEffect(() => {
    void model.load();
    return () => model.close();
  }, [model]);
  const searching = state.query.trim() !== '';
  const byId = useMemo(
    () => new Map([...state.people, ...state.recent].map((person) => [person.user, person])),
    [state.people, state.recent],
  );
  const letters = useMemo(() => groupsOf(state.people, searching), [state.people, searching]);
  const { query } = state;
  const nothing = state.people.length === 0 && state.recent.length === 0;
  const item = (person: PersonView, place: string) => (
    <ListBoxItem
      key={`${place}${person.user}`}
      id={`${place}${person.user}`}
      textValue={person.name}
      className="flex min-h-15 items-center gap-3 rounded-md px-3 py-1.5 outline-none hovered:bg-hover pressed:bg-pressed focus-ring:outline-2 focus-ring:-outline-offset-2 focus-ring:outline-focus"
    >
      <Face engine={engine} of={{ user: person.user }} hash={person.picture} name={person.name} size="md" />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-2">
          <span className="truncate text-base" dir="auto">
            {person.name}
          </span>
          <KindBadge kind={person.kind} />
        </span>
        <span className="block truncate text-sm text-muted">{person.user}</span>
      </span>
      {chosen && (
        <span
          className={cx(
            'flex size-6 shrink-0 items-center justify-center rounded-full',
            chosen.has(person.user) ? 'bg-accent text-on-accent' : 'inset-ring-2 inset-ring-line-strong',
          )}
        >
          {chosen.has(person.user) && (
            <>
              <Check aria-hidden="true" className="size-4" strokeWidth={3} />
              <span className="sr-only">{t`Chosen`}</span>
            </>
          )}
        </span>
      )}
    </ListBoxItem>
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="px-4 pt-3 pb-2">
        <SearchField
          label={t`Search people`}
          placeholder={t`Name or address`}
          value={state.query}
          onChange={(next) => model.setQuery(next)}
          autoFocus
        />
      </div>
      <div className="scroller min-h-0 flex-1 px-1 pb-4" aria-busy={state.phase === 'loading'}>
        {!searching && top}
        {state.phase === 'failed' && (
          <div className="px-3 py-2">
            <Banner
              tone="warning"
              live="status"
              icon={state.offline ? <WifiOff aria-hidden="true" /> : undefined}
              action={<Button onPress={() => void model.load()}>{t`Try again`}</Button>}
            >
              {state.offline
                ? t`The directory can’t be reached. People you have talked to are shown.`
                : (state.error ?? '')}
            </Banner>
          </div>
        )}
        {state.phase === 'loading' && nothing && <SkeletonRows rows={6} />}
        {state.phase !== 'loading' && nothing && (
          <div role="status">
            {searching ? (
              <EmptyState icon={<SearchX />} title={t`Nobody found for “${query}”`}>
                {t`Try part of the name, or the address as in name@organisation. Somebody who hasn’t joined yet needs an invitation from your administrator.`}
              </EmptyState>
            ) : (
              <EmptyState icon={<Users />} title={t`Nobody else is here yet`}>
                {t`As soon as colleagues join with their invitation, you find them here.`}
              </EmptyState>
            )}
          </div>
        )}
        {!nothing && (
          <ListBox
            aria-label={label}
            selectionMode="none"
            onAction={(key) => {
              const person = byId.get(String(key).replace(/^(recent|all):/, ''));
              if (person) onChoose(person);
            }}
            className="outline-none"
          >
            {state.recent.length > 0 && (
              <ListBoxSection>
                <Header className="px-3 pt-3 pb-1 text-sm font-semibold text-muted">{t`Recent`}</Header>
                {state.recent.map((person) => item(person, 'recent:'))}
              </ListBoxSection>
            )}
            {letters.map(([letter, people]) => (
              <ListBoxSection key={letter}>
                <Header className="px-3 pt-3 pb-1 text-sm font-semibold text-muted">
                  {letter === '' ? t`Found` : letter}
                </Header>
                {people.map((person) => item(person, 'all:'))}
              </ListBoxSection>
            ))}
          </ListBox>
        )}
        {state.more && !searching && state.phase === 'ready' && (
          <p className="px-3 pt-3 text-center text-sm text-muted">{t`There are more people. Search for a name.`}</p>
        )}
      </div>
    </div>
  );
}

/** Sorted people under their first letters; what was found stays one list. */
function groupsOf(people: readonly PersonView[], searching: boolean): [string, PersonView[]][] {
  if (people.length === 0) return [];
  if (searching) return [['', [...people]]];
  const groups = new Map<string, PersonView[]>();
  for (const person of people) {
    const [first = '#'] = folded(person.name);
    const letter = /\p{L}/u.test(first) ? first.toLocaleUpperCase() : '#';
    groups.set(letter, [...(groups.get(letter) ?? []), person]);
  }
  return [...groups];
}

/** What is no person of the organisation. */
export function KindBadge({ kind }: { kind: PersonView['kind'] | null }) {
  const { t } = useLingui();
  if (kind === 'guest') return <Badge tone="warning">{t`Guest`}</Badge>;
  if (kind === 'bot') return <Badge>{t`Bot`}</Badge>;
  if (kind === 'recorder') return <Badge tone="warning">{t`Recorder`}</Badge>;
  return null;
}
