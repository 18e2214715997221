import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { PersonView } from '../../../api';
import type { Engine } from '../../../engine/engine';
import { Banner, Confirm } from '../../../ui';
import { PeopleList } from '../../new/people-list';
import { sentenceOf } from '../files/sentence';
import { FullSheet } from '../full-sheet';

/** Sends the card of somebody in the directory. */
export function ContactDialog({
  engine,
  group,
  title,
  onClose,
}: {
  engine: Engine;
  group: string;
  /** Who will get it. */
  title: string;
  onClose: (sent: boolean) => void;
}) {
  const { t } = useLingui();
  const [person, setPerson] = useState<PersonView>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const name = person?.name ?? '';
  const send = async (whom: PersonView) => {
    setBusy(true);
    setError(undefined);
    try {
      await engine.command({
        type: 'send',
        group,
        draft: { type: 'contact', name: whom.name, user: whom.user, emails: [], phones: [] },
      });
      onClose(true);
    } catch (problem) {
      setError(sentenceOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FullSheet title={t`Send a contact`} onClose={() => onClose(false)}>
      <PeopleList engine={engine} label={t`People`} onChoose={setPerson} />
      <Confirm
        title={t`Send this contact?`}
        confirm={t`Send`}
        variant="primary"
        isOpen={person !== undefined}
        isPending={busy}
        onConfirm={() => {
          if (person) void send(person);
        }}
        onCancel={() => setPerson(undefined)}
      >
        {t`${title} gets the name and address of ${name}, and can start a conversation.`}
        {error !== undefined && (
          <Banner tone="danger" live="alert">
            {error}
          </Banner>
        )}
      </Confirm>
    </FullSheet>
  );
}
