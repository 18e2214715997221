import { Copy, Link2Off, RotateCw, Share2 } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import { GroupLinkModel } from '../../models/group-link';
import { Button, Confirm, Dialog, Skeleton, toasts } from '../../ui';
import { QrCode } from '../../ui/qr-code';
import { ProblemBanner } from '../problem-text';

/** For an admin: the link into a group, to be passed on, made anew or turned off. */
export function GroupLinkDialog({ engine, group, onClose }: { engine: Engine; group: string; onClose: () => void }) {
  const { t } = useLingui();
  const [model] = useState(() => new GroupLinkModel(engine, group));
  const [asked, setAsked] = useState<'renew' | 'off'>();
  useEffect(() => {
    model.open();
    return () => model.close();
  }, [model]);
  const { link, busy, problem } = useModel(model);
  const copy = () =>
    navigator.clipboard.writeText(link ?? '').then(
      () => toasts.show({ text: t`Link copied`, tone: 'success' }),
      () => toasts.show({ text: t`The browser didn’t allow copying.`, tone: 'danger' }),
    );
  const change = (on: boolean) => void model.change(on).then(() => setAsked(undefined));
  return (
    <Dialog
      title={t`Invite by link`}
      size="sm"
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      actions={
        link === null ? (
          <Button variant="primary" isPending={busy} onPress={() => change(true)}>
            {t`Make a link`}
          </Button>
        ) : undefined
      }
    >
      <div className="flex flex-col gap-4">
        <ProblemBanner problem={problem} />
        <p className="text-base text-muted">
          {t`Whoever of your organisation opens the link is let into the group as soon as one of your devices is online. You see who came.`}
        </p>
        {link === undefined && <Skeleton className="aspect-square w-full" />}
        {typeof link === 'string' && (
          <>
            <div className="mx-auto w-full max-w-64">
              <QrCode text={link} label={t`QR code of the link into the group`} />
            </div>
            <p dir="ltr" className="rounded-md bg-sunken p-3 font-mono text-sm wrap-anywhere select-all">
              {link}
            </p>
            <div className="flex flex-wrap gap-2">
              <Button
                className="flex-1"
                icon={<Copy aria-hidden="true" className="size-4.5" />}
                onPress={() => void copy()}
              >
                {t`Copy the link`}
              </Button>
              {'share' in navigator && (
                <Button
                  className="flex-1"
                  icon={<Share2 aria-hidden="true" className="size-4.5" />}
                  onPress={() => void navigator.share({ url: link }).catch(() => undefined)}
                >
                  {t`Share`}
                </Button>
              )}
            </div>
            <div className="flex flex-col">
              <Button
                variant="quiet"
                icon={<RotateCw aria-hidden="true" className="size-4.5" />}
                onPress={() => setAsked('renew')}
              >
                {t`Make a new link`}
              </Button>
              <Button
                variant="danger-quiet"
                icon={<Link2Off aria-hidden="true" className="size-4.5" />}
                onPress={() => setAsked('off')}
              >
                {t`Turn off`}
              </Button>
            </div>
          </>
        )}
        <p className="text-sm text-muted">
          {t`The link ends when somebody leaves the group or is removed, so that nobody comes back by it. Make a new one then.`}
        </p>
      </div>
      <Confirm
        title={asked === 'off' ? t`Turn off the link?` : t`Make a new link?`}
        confirm={asked === 'off' ? t`Turn off` : t`Make a new link`}
        variant={asked === 'off' ? 'danger' : 'primary'}
        isOpen={asked !== undefined}
        isPending={busy}
        onCancel={() => setAsked(undefined)}
        onConfirm={() => change(asked === 'renew')}
      >
        {t`The present link doesn’t work any more then, wherever it was passed on. Who is in the group stays.`}
      </Confirm>
    </Dialog>
  );
}
