import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { Banner, Button, PanePage, Section, Switch } from '../../ui';

export function NotificationsPage() {
  const { t } = useLingui();
  const { notifications } = useApp();
  const { state, busy } = useModel(notifications);

  // Coming back from the browser's settings.
  useEffect(() => {
    const refresh = () => notifications.refresh();
    addEventListener('focus', refresh);
    return () => removeEventListener('focus', refresh);
  }, [notifications]);

  return (
    <PanePage title={t`Notifications`} back="/settings" backOnPhoneOnly>
      {state === 'denied' && (
        <Banner
          tone="warning"
          title={t`The browser blocks notifications`}
          action={<Button onPress={() => notifications.refresh()}>{t`Check again`}</Button>}
        >
          {t`You refused them once, so only you can allow them again: press the sign left of the address, open the site’s permissions, allow notifications.`}
        </Banner>
      )}
      {state === 'needs-install' && (
        <Banner tone="info" title={t`Install Chancery first`}>
          {t`On iPhone and iPad only installed apps may notify. In Safari press Share, then “Add to Home Screen”, and open Chancery from there.`}
        </Banner>
      )}
      {state === 'unsupported' && (
        <Banner tone="info" title={t`Not possible in this browser`}>
          {t`This browser has no notifications. Chrome, Edge, Firefox and Safari do.`}
        </Banner>
      )}
      <Section
        description={t`What a notification shows is decrypted on this device. The server and the push service see neither sender nor text.`}
      >
        <Switch
          label={t`Notify me of new messages`}
          isSelected={state === 'on'}
          isDisabled={busy || (state !== 'on' && state !== 'off')}
          onChange={(on) => {
            if (on) void notifications.enable();
            else notifications.disable();
          }}
        />
      </Section>
    </PanePage>
  );
}
