import { CircleSlash, DatabaseZap, HardDrive, MonitorX, RotateCw, ShieldX } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { useApp } from '../../app/context';
import type { Status } from '../../engine/engine';
import { Button, Confirm, FullPage, Mark, Progress } from '../../ui';

/** While worker and WebAssembly load. */
export function StartingScreen() {
  const { t } = useLingui();
  return (
    <main
      className="flex h-full flex-col items-center justify-center gap-8 bg-surface p-8 md:bg-canvas"
      aria-busy="true"
    >
      <Mark className="size-20" />
      <h1 className="sr-only">{t`Chancery is starting`}</h1>
      <div className="w-40">
        <Progress label={t`Starting`} hideLabel />
      </div>
    </main>
  );
}

function Erase({ label }: { label: string }) {
  const { t } = useLingui();
  const { engine } = useApp();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  return (
    <>
      <Button variant="danger-quiet" wide onPress={() => setAsking(true)}>
        {label}
      </Button>
      <Confirm
        title={t`Erase Chancery on this browser?`}
        confirm={t`Erase`}
        isOpen={asking}
        isPending={busy}
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setBusy(true);
          void engine.erase().finally(() => {
            setBusy(false);
            setAsking(false);
          });
        }}
      >
        {t`Messages, files and keys on this browser are destroyed. Your other devices keep theirs. Without another device nothing comes back.`}
      </Confirm>
    </>
  );
}

export function RevokedScreen() {
  const { t } = useLingui();
  const { engine } = useApp();
  return (
    <FullPage
      icon={<ShieldX aria-hidden="true" />}
      title={t`This device was removed`}
      lead={t`You removed it on another device, or your organisation did. It gets no messages any more, and what was on it is erased.`}
      footer={
        <Button variant="primary" wide onPress={() => void engine.erase()}>
          {t`Start again`}
        </Button>
      }
    >
      <p className="text-base text-muted">{t`To use this browser again, link it from a device that is still in use. If you have none, ask your administrator for a new invitation.`}</p>
    </FullPage>
  );
}

type Failure = Extract<Status, { phase: 'failed' }>['error'];

export function FailedScreen({ error }: { error: Failure }) {
  const { t } = useLingui();
  const reload = (
    <Button
      key="reload"
      variant="primary"
      wide
      icon={<RotateCw aria-hidden="true" className="size-5" />}
      onPress={() => location.reload()}
    >
      {t`Try again`}
    </Button>
  );
  const views: Record<
    Failure['code'],
    { icon: ReactNode; title: string; lead: string; more?: string; footer: ReactNode }
  > = {
    storage_full: {
      icon: <HardDrive aria-hidden="true" />,
      title: t`This device is full`,
      lead: t`Chancery can’t store anything more here, so it stopped before losing something.`,
      more: t`Make room: empty the recycle bin, delete downloads or other websites’ data. Then try again.`,
      footer: reload,
    },
    storage_denied: {
      icon: <CircleSlash aria-hidden="true" />,
      title: t`The browser doesn’t let Chancery store anything`,
      lead: t`Messages are kept encrypted in this browser. A private window, or a setting that blocks site data, prevents that.`,
      more: t`Open Chancery in a normal window, or allow site data for this address in the browser’s settings.`,
      footer: reload,
    },
    storage_damaged: {
      icon: <DatabaseZap aria-hidden="true" />,
      title: t`What is stored here is damaged`,
      lead: t`The encrypted data in this browser can’t be opened any more. A tool that cleans browsers may have removed a part of it.`,
      more: t`Try again first. If that doesn’t help, erase this browser and link it from another device: the history comes from there.`,
      footer: (
        <>
          {reload}
          <Erase label={t`Erase and start again`} />
        </>
      ),
    },
    unsupported: {
      icon: <MonitorX aria-hidden="true" />,
      title: t`This browser is too old`,
      lead: t`Chancery encrypts in the browser, and needs things that this one doesn’t have.`,
      more: t`Update it, or use a current Chrome, Edge, Firefox or Safari.`,
      footer: reload,
    },
    crashed: {
      icon: <RotateCw aria-hidden="true" />,
      title: t`Chancery stopped`,
      lead: t`Your messages are safe in this browser. Start it again.`,
      footer: reload,
    },
  };
  const view = views[error.code];
  return (
    <FullPage icon={view.icon} title={view.title} lead={view.lead} footer={view.footer}>
      {view.more !== undefined && <p className="text-base">{view.more}</p>}
      {error.message !== '' && (
        <details className="rounded-md bg-sunken p-3 text-sm">
          <summary className="min-h-8 cursor-default font-medium text-muted">{t`For whoever helps you`}</summary>
          <p className="mt-2 font-mono text-xs break-words">{error.message}</p>
        </details>
      )}
    </FullPage>
  );
}
