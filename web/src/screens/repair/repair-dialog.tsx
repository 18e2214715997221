import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { PersonNow } from '../../api';
import type { Engine } from '../../engine/engine';
import { Badge, Confirm } from '../../ui';
import { sentenceOf } from '../media/files/sentence';

export interface RepairDialogProps {
  engine: Engine;
  group: string;
  isOpen: boolean;
  onClose: () => void;
}

/** Repairs a conversation. When people are in it whom this device didn’t see come, they are shown, and nothing is done without a yes. */
export function RepairDialog({ engine, group, isOpen, onClose }: RepairDialogProps) {
  const { t } = useLingui();
  const [people, setPeople] = useState<readonly PersonNow[]>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const close = () => {
    setPeople(undefined);
    setError(undefined);
    onClose();
  };
  const repair = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const agreed = people?.map((person) => person.user) ?? null;
      const result = await engine.command({ type: 'repair', group, agreed });
      if (result.type === 'repair_asks') setPeople(result.people);
      else close();
    } catch (problem) {
      setError(sentenceOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Confirm
      title={people ? t`Go on with these people?` : t`Repair this conversation?`}
      confirm={people ? t`Go on with them` : t`Repair`}
      variant="primary"
      isOpen={isOpen}
      isPending={busy}
      onConfirm={() => void repair()}
      onCancel={close}
    >
      {people ? (
        <>
          <p>{t`This device didn’t see how everybody came into this conversation. Who is in it now:`}</p>
          <ul className="mt-2 flex flex-col gap-1">
            {people.map((person) => (
              <li key={person.user} className="flex flex-wrap items-center gap-2">
                <bdi className="font-medium text-text">{person.name}</bdi>
                <bdi className="text-sm">{person.user}</bdi>
                {person.is_new && <Badge tone="warning">{t`New here`}</Badge>}
              </li>
            ))}
          </ul>
          <p className="mt-2">{t`If you don’t know somebody, cancel and ask a member you trust.`}</p>
        </>
      ) : (
        <p>
          {t`This device joins again with fresh keys. Everybody sees a note of it. Messages that were sent while it was damaged may stay unreadable here.`}
        </p>
      )}
      {error !== undefined && <p className="mt-2 text-danger-text">{error}</p>}
    </Confirm>
  );
}
