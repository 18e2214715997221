import { useLingui } from '@lingui/react/macro';
import { BadgeCheck, MessageSquare, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { Kind } from '../../api';
import type { Engine } from '../../engine/engine';
import { Banner, Button, Dialog } from '../../ui';
import { sentenceOf } from '../media/files/sentence';
import { KindBadge } from '../new/people-list';
import { Face } from '../new/picture';

export interface Person {
  readonly user: string;
  readonly name: string;
  readonly kind: Kind | null;
  readonly picture: string | null;
  readonly verified: boolean;
}

/** One person: who it is, whether it is surely them, and a way to write to them. */
export function PersonProfile({
  engine,
  person,
  onOpen,
  onSafetyNumber,
  onClose,
}: {
  engine: Engine;
  person: Person;
  onOpen: (group: string) => void;
  onSafetyNumber?: ((user: string) => void) | undefined;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const { user, name, verified } = person;
  const message = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const result = await engine.command({ type: 'start_direct', user });
      if (result.type === 'conversation') onOpen(result.group);
    } catch (problem) {
      setError(sentenceOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t`Profile`}
      size="sm"
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      actions={
        <>
          {onSafetyNumber && (
            <Button
              icon={<ShieldCheck aria-hidden="true" className="size-4.5" />}
              onPress={() => onSafetyNumber(user)}
            >{t`Safety number`}</Button>
          )}
          <Button
            variant="primary"
            isPending={busy}
            icon={<MessageSquare aria-hidden="true" className="size-4.5" />}
            onPress={() => void message()}
          >{t`Message`}</Button>
        </>
      }
    >
      <div className="flex flex-col items-center gap-3 pt-2 text-center">
        {error !== undefined && (
          <Banner tone="danger" live="alert">
            {error}
          </Banner>
        )}
        <Face engine={engine} of={{ user }} hash={person.picture} name={name} size="2xl" />
        <div className="min-w-0">
          <p
            className="flex items-center justify-center gap-2 overflow-clip text-xl font-semibold wrap-anywhere"
            dir="auto"
          >
            {name}
            <KindBadge kind={person.kind} />
          </p>
          <p className="text-base wrap-anywhere text-muted">{user}</p>
        </div>
        <p className={verified ? 'flex items-center gap-1.5 text-sm text-success-text' : 'text-sm text-muted'}>
          {verified && <BadgeCheck aria-hidden="true" className="size-4.5" />}
          {verified ? t`Verified: you have compared safety numbers` : t`You haven’t compared safety numbers yet`}
        </p>
      </div>
    </Dialog>
  );
}
