import { Lock } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { AppLockModel } from '../../models/app-lock';
import { Button, Confirm, FullPage } from '../../ui';
import { ProveLock } from '../lock-form';

export function UnlockScreen() {
  const { t } = useLingui();
  const { engine } = useApp();
  const [model] = useState(() => new AppLockModel(engine));
  const state = useModel(model);
  const [forgot, setForgot] = useState(false);
  useEffect(() => () => model.dispose(), [model]);
  return (
    <FullPage
      icon={<Lock aria-hidden="true" />}
      title={t`Chancery is locked`}
      lead={t`Messages on this device are encrypted. Open them with what you chose.`}
      footer={
        <Button variant="quiet" wide onPress={() => setForgot(true)}>
          {state.methods.includes('pin') ? t`I forgot my PIN` : t`My passkey is gone`}
        </Button>
      }
    >
      <ProveLock
        methods={state.methods}
        busy={state.busy}
        problem={state.problem}
        attemptsLeft={state.attemptsLeft}
        notBefore={state.notBefore}
        submit={t`Unlock`}
        onLock={(lock) => void model.unlock(lock)}
      />
      <Confirm
        title={t`Start again on this device?`}
        confirm={t`Erase this device`}
        isOpen={forgot}
        onCancel={() => setForgot(false)}
        onConfirm={() => void engine.erase().finally(() => setForgot(false))}
      >
        <p>{t`Nobody can open this device’s data without the PIN or passkey, your organisation neither.`}</p>
        <p className="mt-3">{t`You can erase it here and link this device again from another one of yours; the history comes from there.`}</p>
      </Confirm>
    </FullPage>
  );
}
