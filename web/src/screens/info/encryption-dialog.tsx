import { useLingui } from '@lingui/react/macro';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { useModel } from '../../app/use-model';
import { Banner, Button, Dialog } from '../../ui';
import type { InfoModel } from './info-model';

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-0.5 py-2.5 md:flex-row md:gap-4">
      <dt className="shrink-0 text-sm text-muted md:w-40">{name}</dt>
      <dd className="min-w-0 text-sm wrap-anywhere text-text">{children}</dd>
    </div>
  );
}

/** What protects a conversation, for those who want to know. */
export function EncryptionDialog({
  model,
  onSafetyNumber,
  onClose,
}: {
  model: InfoModel;
  onSafetyNumber?: ((user: string) => void) | undefined;
  onClose: () => void;
}) {
  const { t, i18n } = useLingui();
  const { conversation, audience, verified } = useModel(model);
  if (!conversation) return null;
  const { peer, suite, epoch, title } = conversation;
  return (
    <Dialog
      title={t`Encryption`}
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <div className="flex flex-col gap-4">
        {peer !== null && (
          <Banner
            tone={verified ? 'success' : 'info'}
            icon={verified ? <ShieldCheck aria-hidden="true" /> : <ShieldAlert aria-hidden="true" />}
            title={verified ? t`You have compared safety numbers` : t`Not compared yet`}
            action={
              onSafetyNumber && <Button onPress={() => onSafetyNumber(peer)}>{verified ? t`Show` : t`Compare`}</Button>
            }
          >
            {verified
              ? t`The keys of ${title} are the ones you compared.`
              : t`Compare safety numbers with ${title} to be sure that nobody is in between.`}
          </Banner>
        )}
        <dl className="divide-y divide-line">
          <Row name={t`Protocol`}>{t`Messaging Layer Security (RFC 9420)`}</Row>
          <Row name={t`Key exchange`}>
            {suite === 'hybrid'
              ? t`X25519 together with ML-KEM-768, also safe against quantum computers`
              : suite === 'classical'
                ? t`X25519`
                : t`Unknown: you are not in this conversation`}
          </Row>
          <Row name={t`Encryption`}>AES-128-GCM</Row>
          <Row name={t`Signatures`}>Ed25519</Row>
          {epoch !== null && (
            <Row name={t`Key changes`}>
              {i18n.number(epoch)}
              <span className="block text-muted">{t`With every change older messages stay closed to new keys.`}</span>
            </Row>
          )}
          {audience && <Row name={t`Devices`}>{i18n.number(audience.devices)}</Row>}
          <Row name={t`Conversation`}>
            <code className="font-mono text-xs">{conversation.group}</code>
          </Row>
        </dl>
      </div>
    </Dialog>
  );
}
