import { BadgeCheck, ScanLine, ShieldAlert } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { SafetyNumberModel } from '../../models/safety-number';
import { Badge, Banner, Button, EmptyState, PanePage, Section, Skeleton } from '../../ui';
import { QrCode } from '../../ui/qr-code';
import { QrScanner } from '../../ui/qr-scanner';
import { ProblemBanner } from '../problem-text';

/** Compares keys with one person: by QR code, or by reading the digits to each other. */
export function SafetyScreen({ user, name, back }: { user: string; name: string; back: string }) {
  const { t } = useLingui();
  const { engine } = useApp();
  const [model] = useState(() => new SafetyNumberModel(engine, user));
  const { number, compared, problem } = useModel(model);
  const [scanning, setScanning] = useState(false);
  return (
    <PanePage title={t`Safety number`} back={back}>
      <p className="text-base text-muted">{t`When you and ${name} see the same number, nobody is in between. Compare it when you meet or on a call; it takes a minute and is needed only once.`}</p>
      <ProblemBanner problem={problem} />
      {compared === 'different' && (
        <Banner tone="danger" live="alert" icon={<ShieldAlert aria-hidden="true" />} title={t`The numbers differ`}>
          {t`Make sure that you scanned the code of ${name} for you. If it still differs, don’t share anything confidential here and tell your administrator.`}
        </Banner>
      )}
      {number === null ? (
        <EmptyState icon={<ShieldAlert aria-hidden="true" />} title={t`No number yet`}>
          {t`Write to ${name} first.`}
        </EmptyState>
      ) : (
        <Section>
          <div className="flex flex-col items-center gap-4 py-2">
            {number?.verified === true && (
              <Badge tone="success" icon={<BadgeCheck aria-hidden="true" />}>
                {t`Compared in person`}
              </Badge>
            )}
            <div className="w-full max-w-60">
              {scanning ? (
                <QrScanner
                  label={t`Camera`}
                  onText={(text) => {
                    void model.scanned(text);
                    setScanning(false);
                  }}
                />
              ) : number ? (
                <QrCode text={number.digits.replace(/\D/g, '')} label={t`QR code of the safety number`} />
              ) : (
                <Skeleton className="aspect-square w-full" />
              )}
            </div>
            <p
              dir="ltr"
              className="grid grid-cols-3 gap-x-5 gap-y-1 text-center font-mono text-lg tabular-nums min-[26rem]:grid-cols-4"
            >
              {number?.digits.split(' ').map((group, at) => (
                <span key={at}>{group}</span>
              ))}
            </p>
          </div>
        </Section>
      )}
      {number && (
        <div className="flex flex-col gap-2">
          <Button wide icon={<ScanLine aria-hidden="true" className="size-5" />} onPress={() => setScanning(!scanning)}>
            {scanning ? t`Show my code` : t`Scan the code of ${name}`}
          </Button>
          {!number.verified && (
            <Button
              variant="primary"
              wide
              icon={<BadgeCheck aria-hidden="true" className="size-5" />}
              onPress={() => void model.verify()}
            >
              {t`The digits are the same`}
            </Button>
          )}
        </div>
      )}
    </PanePage>
  );
}
