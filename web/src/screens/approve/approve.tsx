import { CircleCheck, Hourglass, Link2, TriangleAlert } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useModel } from '../../app/use-model';
import type { ApproveDeviceModel } from '../../models/approve-device';
import { Banner, Button, Checkbox, EmptyState, PanePage, Section, TextArea } from '../../ui';
import { QrScanner } from '../../ui/qr-scanner';
import { ProveLock } from '../lock-form';
import { MatchingCode } from '../matching-code';
import { ProblemBanner } from '../problem-text';

/** On an existing device: lets a new one in. */
export function ApproveScreen({ model, onDone }: { model: ApproveDeviceModel; onDone: () => void }) {
  const { t } = useLingui();
  const { step, busy } = useModel(model);
  return (
    <PanePage title={t`Link a device`} back="/settings/devices">
      {step === 'scan' && <Scan model={model} />}
      {step === 'compare' && <Compare model={model} />}
      {step === 'presence' && <Presence model={model} />}
      {step === 'waiting' && (
        <EmptyState
          icon={<Hourglass aria-hidden="true" />}
          title={t`Approved. Waiting for the new device…`}
          action={
            <Button variant="danger-quiet" isPending={busy} onPress={() => void model.withdraw()}>
              {t`Take the approval back`}
            </Button>
          }
        >
          {t`It becomes one of your devices when it fetches the approval. Should it not come within 10 minutes, the approval ends by itself.`}
        </EmptyState>
      )}
      {step === 'done' && (
        <EmptyState
          icon={<CircleCheck aria-hidden="true" />}
          title={t`The device is linked`}
          action={
            <Button variant="primary" onPress={onDone}>
              {t`Done`}
            </Button>
          }
        >
          {t`Keep Chancery open here until the history has gone over. All your devices are told about the new one.`}
        </EmptyState>
      )}
    </PanePage>
  );
}

function Scan({ model }: { model: ApproveDeviceModel }) {
  const { t } = useLingui();
  const { busy, problem } = useModel(model);
  const [text, setText] = useState('');
  return (
    <>
      <p className="text-base text-muted">{t`On the new device open Chancery and choose “I already have Chancery on another device”. Then scan the code that it shows.`}</p>
      <ProblemBanner problem={problem} />
      <div className="mx-auto w-full max-w-sm">
        <QrScanner label={t`Camera`} onText={(found) => void model.open(found)} />
      </div>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void model.open(text);
        }}
      >
        <TextArea
          label={t`Or paste the link that it shows`}
          value={text}
          onChange={setText}
          rows={2}
          monospace
          placeholder="https://…"
        />
        <Button
          type="submit"
          isPending={busy}
          isDisabled={text.trim() === ''}
          icon={<Link2 aria-hidden="true" className="size-5" />}
        >
          {t`Continue`}
        </Button>
      </form>
    </>
  );
}

function Compare({ model }: { model: ApproveDeviceModel }) {
  const { t } = useLingui();
  const { label, matchingCode, history } = useModel(model);
  return (
    <>
      <Section>
        <div className="flex flex-col items-center gap-4 py-2 text-center">
          <p className="text-base text-muted">{t`A device asks to become yours:`}</p>
          <p className="text-xl font-semibold">{label}</p>
          <MatchingCode code={matchingCode} />
          <p className="text-base">{t`Does the new device, in front of you, show the same number?`}</p>
        </div>
      </Section>
      <Banner tone="warning" icon={<TriangleAlert aria-hidden="true" />}>
        {t`If somebody sent you this code or link, refuse: whoever it belongs to could read everything you can.`}
      </Banner>
      <Section>
        <Checkbox
          label={t`Hand over my history`}
          description={t`Otherwise the new device starts with what comes from now on.`}
          isSelected={history}
          onChange={(value) => model.setHistory(value)}
        />
      </Section>
      <div className="flex flex-col gap-2">
        <Button variant="primary" wide onPress={() => model.matches()}>
          {t`Yes, the numbers are the same`}
        </Button>
        <Button variant="danger-quiet" wide onPress={() => model.reset()}>
          {t`No, refuse`}
        </Button>
      </div>
    </>
  );
}

function Presence({ model }: { model: ApproveDeviceModel }) {
  const { t } = useLingui();
  const { methods, busy, problem, label } = useModel(model);
  return (
    <Section title={t`Confirm that it’s you`}>
      <p className="text-base text-muted">{t`“${label ?? ''}” gets your identity and all your conversations.`}</p>
      <ProveLock
        methods={methods}
        busy={busy}
        problem={problem}
        submit={t`Link the device`}
        onLock={(lock) => void model.approve(lock)}
      />
      <Button variant="quiet" wide isDisabled={busy} onPress={() => model.reset()}>
        {t`Cancel`}
      </Button>
    </Section>
  );
}
