import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { Banner, Button, PanePage, RadioGroup, Section, Switch } from '../../ui';

/** Why nothing comes while the app is closed, and what to do. */
function usePushProblem() {
  const { t } = useLingui();
  const { notifications } = useApp();
  switch (useModel(notifications).push) {
    case 'on':
    case 'off':
      return undefined;
    case 'no-push':
      return t`This browser has no push service, or not in a private window. Notifications come while Chancery is open in a tab.`;
    case 'no-service-worker':
      return t`The part of the app that works in the background isn’t installed: browsers refuse that in some private windows and where site data is blocked. Allow it, load the page again, then try again.`;
    case 'blocked':
      return t`The browser allows notifications but not push messages. Look in its privacy settings; private windows never allow them.`;
    case 'service-unreachable':
      return t`The push service of your browser’s maker can’t be reached. A firewall may block it, or push is switched off in the browser. Notifications come while Chancery is open in a tab.`;
    case 'offline':
      return t`The server can’t be reached now. Chancery tries again by itself at its next start.`;
    case 'relay-off':
      return t`Your administrator has switched push messages off. Notifications come while Chancery is open in a tab.`;
    case 'relay-refused':
      return t`The server doesn’t send to your browser’s push service. Tell your administrator.`;
    case 'failed':
      return t`Something went wrong. Try again later.`;
  }
}

export function NotificationsPage() {
  const { t } = useLingui();
  const { notifications, preferences } = useApp();
  const { state, busy, push } = useModel(notifications);
  const { notificationShows } = useModel(preferences);
  const problem = usePushProblem();

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
      {state === 'on' && problem !== undefined && (
        <Banner
          tone="warning"
          title={t`Nothing comes while Chancery is closed`}
          action={
            <Button isDisabled={busy} onPress={() => void notifications.enable()}>
              {t`Try again`}
            </Button>
          }
        >
          {problem}
        </Banner>
      )}
      <Section
        description={t`What a notification shows is decrypted on this device. The server and the push service see neither sender nor text.`}
      >
        <Switch
          label={t`Notify me of new messages`}
          description={state === 'on' && push === 'on' ? t`Also while Chancery is closed` : undefined}
          isSelected={state === 'on'}
          isDisabled={busy || (state !== 'on' && state !== 'off')}
          onChange={(on) => void (on ? notifications.enable() : notifications.disable())}
        />
      </Section>
      {state === 'on' && (
        <Section
          description={t`While no tab of Chancery is open, or it is locked, a notification only says that there are new messages: the key to them is in the app.`}
        >
          <RadioGroup
            label={t`Notifications show`}
            value={notificationShows}
            onChange={(value) => preferences.change({ notificationShows: value })}
            choices={[
              { value: 'text', label: t`Name and message` },
              { value: 'name', label: t`Name only` },
              { value: 'nothing', label: t`Only that there is something` },
            ]}
          />
        </Section>
      )}
    </PanePage>
  );
}
