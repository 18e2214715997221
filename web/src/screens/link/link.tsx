import { CircleCheck, Copy, RotateCw, Share2, Smartphone } from 'lucide-react';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import type { LinkDeviceModel } from '../../models/link-device';
import { useModel } from '../../app/use-model';
import { Button, FullPage, Progress, Skeleton, TextField, toasts } from '../../ui';
import { QrCode } from '../../ui/qr-code';
import { NewLock } from '../lock-form';
import { MatchingCode } from '../matching-code';
import { ProblemBanner } from '../problem-text';
import { usePasskey } from '../use-passkey';

/** This browser becomes another device of somebody who uses Chancery already. */
export function LinkScreen({
  model,
  onBack,
  onDone,
}: {
  model: LinkDeviceModel;
  onBack: () => void;
  onDone: () => void;
}) {
  const { step } = useModel(model);
  switch (step) {
    case 'lock':
      return <Protect model={model} onBack={onBack} />;
    case 'code':
      return <Code model={model} onBack={onBack} />;
    case 'history':
    case 'done':
      return <History model={model} onDone={onDone} />;
  }
}

function Protect({ model, onBack }: { model: LinkDeviceModel; onBack: () => void }) {
  const { t } = useLingui();
  const { busy, problem, label } = useModel(model);
  const passkey = usePasskey();
  return (
    <FullPage
      icon={<Smartphone aria-hidden="true" />}
      title={t`Link this device`}
      lead={t`First choose what opens Chancery here. Then your other device lets this one in.`}
      onBack={busy ? undefined : onBack}
    >
      <TextField
        label={t`Name of this device`}
        value={label}
        onChange={(value) => model.setLabel(value)}
        maxLength={60}
      />
      {passkey !== undefined && (
        <NewLock
          passkey={passkey}
          busy={busy}
          problem={problem}
          submit={t`Continue`}
          onLock={(lock) => void model.protect(lock)}
        />
      )}
    </FullPage>
  );
}

function Code({ model, onBack }: { model: LinkDeviceModel; onBack: () => void }) {
  const { t } = useLingui();
  const { link, matchingCode, problem, busy } = useModel(model);
  const copy = () =>
    navigator.clipboard.writeText(link ?? '').then(
      () => toasts.show({ text: t`Link copied`, tone: 'success' }),
      () => toasts.show({ text: t`The browser didn’t allow copying.`, tone: 'danger' }),
    );
  const canShare = link !== undefined && 'share' in navigator;
  return (
    <FullPage
      title={t`Scan this with your other device`}
      onBack={onBack}
      lead={
        <ol className="list-decimal space-y-1 ps-5">
          <li>{t`Open Chancery on your other device.`}</li>
          <li>
            <Trans>
              Go to <strong className="font-semibold text-text">Settings → Devices → Link a device</strong>.
            </Trans>
          </li>
          <li>{t`Scan this code and compare the number.`}</li>
        </ol>
      }
      footer={
        <Button
          variant="quiet"
          wide
          isDisabled={busy}
          icon={<RotateCw aria-hidden="true" className="size-5" />}
          onPress={() => void model.start()}
        >
          {t`Show a new code`}
        </Button>
      }
    >
      <ProblemBanner problem={problem} onRetry={() => void model.start()} />
      {!problem && (
        <div className="flex flex-col items-center gap-5" aria-busy={link === undefined}>
          <div className="w-full max-w-64">
            {link === undefined ? (
              <Skeleton className="aspect-square w-full" />
            ) : (
              <QrCode text={link} label={t`QR code that links this device`} />
            )}
          </div>
          <MatchingCode code={matchingCode} />
          <div className="flex w-full flex-wrap gap-2">
            <Button
              className="flex-1"
              isDisabled={link === undefined}
              icon={<Copy aria-hidden="true" className="size-4.5" />}
              onPress={() => void copy()}
            >
              {t`Copy as a link`}
            </Button>
            {canShare && (
              <Button
                className="flex-1"
                icon={<Share2 aria-hidden="true" className="size-4.5" />}
                onPress={() => void navigator.share({ text: link }).catch(() => undefined)}
              >
                {t`Share`}
              </Button>
            )}
          </div>
          <p className="text-center text-sm text-muted">{t`Give the link only to yourself. It works once, for a few minutes.`}</p>
        </div>
      )}
    </FullPage>
  );
}

function History({ model, onDone }: { model: LinkDeviceModel; onDone: () => void }) {
  const { t, i18n } = useLingui();
  const { step, history } = useModel(model);
  const done = step === 'done';
  const { done: have, total } = history;
  return (
    <FullPage
      icon={<CircleCheck aria-hidden="true" />}
      title={done ? t`This device is ready` : t`This device is linked`}
      lead={
        done
          ? t`Your conversations are here.`
          : t`Your history comes from your other device, encrypted. Keep Chancery open on both until it is here.`
      }
      footer={
        <Button variant={done ? 'primary' : 'secondary'} wide onPress={onDone}>
          {done ? t`Start` : t`Start now, the rest comes by itself`}
        </Button>
      }
    >
      {!done && (
        <Progress
          label={t`History`}
          value={total > 0 ? have / total : undefined}
          detail={total > 0 ? t`${i18n.number(have)} of ${i18n.number(total)}` : ''}
        />
      )}
      {done && have > 0 && (
        <p className="text-base text-muted">
          <Plural value={have} one="# message came over." other="# messages came over." />
        </p>
      )}
    </FullPage>
  );
}
