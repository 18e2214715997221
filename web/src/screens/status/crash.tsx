import { Bug, RotateCw } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { Button, FullPage } from '../../ui';

/** The last resort: says that nothing is lost, offers a reload, and the technical text for whoever helps. */
export function CrashScreen({ error }: { error: Error }) {
  const { t } = useLingui();
  return (
    <FullPage
      icon={<Bug aria-hidden="true" />}
      title={t`Something went wrong`}
      lead={t`The app stopped, not your messages: they are safe in this browser, and what waits to be sent will be sent.`}
      footer={
        <Button
          variant="primary"
          wide
          icon={<RotateCw aria-hidden="true" className="size-5" />}
          onPress={() => location.reload()}
        >
          {t`Reload`}
        </Button>
      }
    >
      <details className="rounded-md bg-sunken p-3 text-sm">
        <summary className="min-h-8 cursor-default font-medium text-muted">{t`For whoever helps you`}</summary>
        <p className="mt-2 font-mono text-xs break-words">{`${error.name}: ${error.message.slice(0, 300)}`}</p>
      </details>
    </FullPage>
  );
}
