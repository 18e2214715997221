import { KeyRound, Lock as LockIcon } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useApp } from '../../app/context';
import { formatDuration } from '../../app/format';
import { useModel } from '../../app/use-model';
import type { Lock } from '../../engine/engine';
import { AppLockModel, LEASE_HOURS } from '../../models/app-lock';
import { Button, Dialog, PanePage, Section, Select, toasts } from '../../ui';
import { NewLock, ProveLock } from '../lock-form';
import { ProblemBanner } from '../problem-text';
import { usePasskey } from '../use-passkey';

export function LockPage() {
  const { t, i18n } = useLingui();
  const { engine } = useApp();
  const [model] = useState(() => new AppLockModel(engine));
  const { methods, leaseHours = 0, problem } = useModel(model);
  const [changing, setChanging] = useState(false);
  useEffect(() => () => model.dispose(), [model]);

  // One that an earlier version chose may be none of those.
  const choices = [...new Set([...LEASE_HOURS, leaseHours])].sort((a, b) => a - b);
  return (
    <PanePage title={t`App lock`} back="/settings" backOnPhoneOnly>
      {!changing && <ProblemBanner problem={problem} />}
      <Section description={t`Whoever takes this device in hand sees nothing while Chancery is locked.`}>
        <Select
          label={t`Ask again after`}
          value={String(leaseHours)}
          onChange={(value) => void model.setLease(Number(value))}
          options={choices.map((hours) => ({
            value: String(hours),
            label: hours === 0 ? t`Every start` : formatDuration(i18n.locale, hours),
          }))}
        />
        <p className="text-base text-muted">
          {leaseHours === 0
            ? t`Nothing on this device opens your messages without your PIN or passkey.`
            : t`Until then, a copy of this browser’s data opens without asking, too. With “Every start” nothing is kept that opens it.`}
        </p>
        <Button wide icon={<LockIcon aria-hidden="true" className="size-4.5" />} onPress={() => void model.lock()}>
          {t`Lock now`}
        </Button>
      </Section>
      <Section title={t`Opens with`}>
        <p className="text-base">
          {methods.includes('passkey') ? t`Passkey (fingerprint, face or screen lock)` : t`PIN`}
        </p>
        <Button wide icon={<KeyRound aria-hidden="true" className="size-4.5" />} onPress={() => setChanging(true)}>
          {methods.includes('passkey') ? t`Change` : t`Change PIN or use a passkey`}
        </Button>
      </Section>
      {changing && <ChangeLock model={model} onClose={() => setChanging(false)} />}
    </PanePage>
  );
}

function ChangeLock({ model, onClose }: { model: AppLockModel; onClose: () => void }) {
  const { t } = useLingui();
  const { methods, busy, problem } = useModel(model);
  const passkey = usePasskey();
  const [current, setCurrent] = useState<Lock>();
  const prove = async (lock: Lock) => {
    if (await model.confirm(lock)) setCurrent(lock);
  };
  const change = async (next: Lock) => {
    if (!current || !(await model.change(current, next))) return;
    toasts.show({ text: t`The lock is changed.`, tone: 'success' });
    onClose();
  };
  return (
    <Dialog
      title={current ? t`Choose a new lock` : t`Confirm that it’s you`}
      size="sm"
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      {current ? (
        <NewLock
          passkey={passkey}
          busy={busy}
          problem={problem}
          submit={t`Change`}
          onLock={(lock) => void change(lock)}
        />
      ) : (
        <ProveLock
          methods={methods}
          busy={busy}
          problem={problem}
          submit={t`Continue`}
          onLock={(lock) => void prove(lock)}
        />
      )}
    </Dialog>
  );
}
