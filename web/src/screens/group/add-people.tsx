import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import type { PersonView } from '../../api';
import type { Engine } from '../../engine/engine';
import { Banner, Button } from '../../ui';
import { FullSheet } from '../media/full-sheet';
import { sentenceOf } from '../media/files/sentence';
import { Chips } from '../new/new-conversation';
import { PeopleList } from '../new/people-list';

/** More people for a group; those who are in it aren't offered. */
export function AddPeople({
  engine,
  group,
  members,
  onClose,
}: {
  engine: Engine;
  group: string;
  /** Ids of who is in it. */
  members: readonly string[];
  onClose: () => void;
}) {
  const { t } = useLingui();
  const without = useMemo(() => new Set(members), [members]);
  const [people, setPeople] = useState<readonly PersonView[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const chosen = useMemo(() => new Set(people.map((person) => person.user)), [people]);
  const count = people.length;
  const toggle = (person: PersonView) =>
    setPeople(chosen.has(person.user) ? people.filter((one) => one.user !== person.user) : [...people, person]);
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await engine.command({ type: 'add_users', group, users: people.map((person) => person.user) });
      onClose();
    } catch (problem) {
      setError(sentenceOf(problem));
      setBusy(false);
    }
  };
  return (
    <FullSheet
      title={t`Add people`}
      onClose={onClose}
      footer={
        <>
          <p className="me-auto text-sm text-muted">{t`They read what is written from now on, not what was before.`}</p>
          <Button variant="primary" isDisabled={count === 0} isPending={busy} onPress={() => void add()}>
            {count === 0 ? t`Add` : t`${plural(count, { one: 'Add # person', other: 'Add # people' })}`}
          </Button>
        </>
      }
    >
      {error !== undefined && (
        <Banner tone="danger" flush live="alert">
          {error}
        </Banner>
      )}
      <Chips engine={engine} people={people} onRemove={toggle} />
      <PeopleList engine={engine} label={t`People`} without={without} chosen={chosen} onChoose={toggle} />
    </FullSheet>
  );
}
