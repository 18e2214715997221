import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { ArrowLeft, ArrowRight, Check, Users, X } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { PersonView } from '../../api';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import { Banner, Button, IconButton, ListRow, Spinner, TextArea, TextField } from '../../ui';
import { PictureChooser } from '../group/group-picture';
import { NewModel } from './new-model';
import { PeopleList } from './people-list';
import { Face } from './picture';

/** The pane for a new conversation: people, or a group in two steps. Fills its place. */
export function NewConversation({
  engine,
  onOpen,
  onClose,
  model: given,
}: {
  engine: Engine;
  onOpen: (group: string) => void;
  onClose: () => void;
  model?: NewModel;
}) {
  const { t } = useLingui();
  const model = useMemo(() => given ?? new NewModel(engine), [engine, given]);
  const state = useModel(model);
  const { step, members, busy, error } = state;
  const chosen = useMemo(() => new Set(members.map((person) => person.user)), [members]);
  const count = members.length;
  const open = (started: Promise<string | undefined>) => {
    void started.then((group) => {
      if (group !== undefined) onOpen(group);
    });
  };
  const titles = { choose: t`New conversation`, members: t`Add members`, details: t`New group` };
  const subtitle =
    step === 'members'
      ? count === 0
        ? t`Choose who is in the group`
        : t`${plural(count, { one: '# person chosen', other: '# people chosen' })}`
      : undefined;
  return (
    <section aria-label={titles[step]} className="flex h-full min-h-0 flex-col bg-surface">
      <header className="flex min-h-15 shrink-0 items-center gap-1 border-b border-line px-2 pt-[env(safe-area-inset-top)]">
        <IconButton
          label={step === 'choose' ? t`Close` : t`Back`}
          onPress={() => {
            if (step === 'choose') onClose();
            else model.goTo(step === 'details' ? 'members' : 'choose');
          }}
        >
          {step === 'choose' ? (
            <X aria-hidden="true" className="size-5" />
          ) : (
            <ArrowLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
          )}
        </IconButton>
        <div className="min-w-0 flex-1 px-1">
          <h1 className="truncate text-lg font-semibold">{titles[step]}</h1>
          {subtitle !== undefined && <p className="truncate text-sm text-muted">{subtitle}</p>}
        </div>
        {step === 'members' && (
          <Button
            variant="primary"
            isDisabled={count === 0}
            onPress={() => model.goTo('details')}
            icon={<ArrowRight aria-hidden="true" className="size-4.5 rtl:-scale-x-100" />}
            className="me-2"
          >{t`Next`}</Button>
        )}
      </header>
      {error !== undefined && (
        <Banner tone="danger" flush live="alert">
          {error}
        </Banner>
      )}
      {step === 'choose' && (
        <div className="relative flex min-h-0 flex-1 flex-col">
          <PeopleList
            engine={engine}
            label={t`People`}
            onChoose={(person) => open(model.startDirect(person.user))}
            top={
              <div className="overflow-hidden rounded-md">
                <ListRow
                  start={
                    <span className="flex size-10 items-center justify-center rounded-[30%] bg-accent text-on-accent">
                      <Users aria-hidden="true" className="size-5" />
                    </span>
                  }
                  title={<span className="font-medium">{t`New group`}</span>}
                  subtitle={t`Several people, one purpose`}
                  onPress={() => model.goTo('members')}
                  chevron
                />
              </div>
            }
          />
          {busy && (
            <div role="status" className="absolute inset-0 flex items-center justify-center gap-3 bg-surface/70">
              <Spinner />
              {t`Starting…`}
            </div>
          )}
        </div>
      )}
      {step === 'members' && (
        <>
          <Chips engine={engine} people={members} onRemove={(person) => model.toggle(person)} />
          <PeopleList engine={engine} label={t`People`} chosen={chosen} onChoose={(person) => model.toggle(person)} />
        </>
      )}
      {step === 'details' && <Details model={model} onCreate={() => open(model.startGroup())} />}
    </section>
  );
}

/** Who was chosen; a press takes somebody out again. */
export function Chips({
  engine,
  people,
  onRemove,
}: {
  engine: Engine;
  people: readonly PersonView[];
  onRemove: (person: PersonView) => void;
}) {
  const { t } = useLingui();
  if (people.length === 0) return null;
  return (
    <ul aria-label={t`Chosen people`} className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-3 py-2">
      {people.map((person) => {
        const { name } = person;
        return (
          <li key={person.user} className="shrink-0 animate-rise">
            <AriaButton
              aria-label={t`Remove ${name}`}
              onPress={() => onRemove(person)}
              className="flex w-16 flex-col items-center gap-1 rounded-md p-1 outline-none focus-ring:outline-2 focus-ring:outline-focus"
            >
              <span className="relative">
                <Face engine={engine} of={{ user: person.user }} hash={person.picture} name={name} size="lg" />
                <span className="absolute -end-0.5 -bottom-0.5 flex size-5 items-center justify-center rounded-full border-2 border-surface bg-muted text-surface">
                  <X aria-hidden="true" className="size-3" strokeWidth={3} />
                </span>
              </span>
              <span className="w-full truncate text-center text-xs" dir="auto">
                {name.split(' ')[0]}
              </span>
            </AriaButton>
          </li>
        );
      })}
    </ul>
  );
}

function Details({ model, onCreate }: { model: NewModel; onCreate: () => void }) {
  const { t, i18n } = useLingui();
  const { name, purpose, picture, members, busy } = useModel(model);
  const [url, setUrl] = useState<string>();
  const [tried, setTried] = useState(false);
  useEffect(() => {
    if (!picture) return;
    const address = URL.createObjectURL(picture);
    const timer = setTimeout(() => setUrl(address));
    return () => {
      clearTimeout(timer);
      URL.revokeObjectURL(address);
      setUrl(undefined);
    };
  }, [picture]);
  const missing = name.trim() === '';
  const names = new Intl.ListFormat(i18n.locale, { type: 'conjunction' }).format(members.map((person) => person.name));
  const count = members.length + 1;
  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!missing) onCreate();
      }}
    >
      <div className="scroller min-h-0 flex-1">
        <div className="mx-auto flex max-w-lg flex-col gap-5 px-5 py-6">
          <PictureChooser id={name} name={name} picture={url} onChange={(next) => model.setPicture(next)} />
          <TextField
            label={t`Name of the group`}
            value={name}
            onChange={(next) => model.setName(next)}
            autoFocus
            isRequired
            validationBehavior="aria"
            {...(tried && missing ? { error: t`Give the group a name.` } : {})}
          />
          <TextArea
            label={t`Purpose (optional)`}
            description={t`Everybody in the group sees it. It helps new members to know what belongs here.`}
            value={purpose}
            onChange={(next) => model.setPurpose(next)}
          />
          <p className="rounded-md bg-sunken px-4 py-3 text-sm text-muted">
            <span className="mb-0.5 block font-medium text-text">
              {t`${plural(count, { one: '# member', other: '# members' })}`}
            </span>
            {t`You (admin), ${names}`}
          </p>
        </div>
      </div>
      <footer className="border-t border-line px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        <Button
          type="submit"
          variant="primary"
          wide
          isPending={busy}
          icon={<Check aria-hidden="true" className="size-4.5" />}
        >{t`Create the group`}</Button>
      </footer>
    </form>
  );
}
