import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useApp } from '../../app/context';
import { loadAllWords } from '../../app/locale';
import { toasts } from '../../ui';

/** What a person has to know wherever they are in the app; a note in the conversation says the same. Of others only that note tells. */
const SERIOUS = new Set([
  'certificate_not_renewed',
  'device_linked',
  'history_mismatch',
  'identity_changed',
  'log_gap',
  'refused_welcome',
  'relay_rolled_back',
  'storage_full',
  'untrusted_device',
  'untrusted_organisation',
]);

/** Tells at once what is serious. It stays until it is closed. */
export function Warnings() {
  const { t } = useLingui();
  const { engine } = useApp();
  const navigate = useNavigate();
  useEffect(
    () =>
      engine.onEvent((event) => {
        if (event.type !== 'warning' || !SERIOUS.has(event.code)) return;
        const { code, group, message } = event;
        const action =
          code === 'device_linked' || (code === 'untrusted_device' && group === null)
            ? {
                label: t`Devices`,
                run: () => void navigate({ to: '/settings/$section', params: { section: 'devices' } }),
              }
            : group !== null && code !== 'refused_welcome'
              ? { label: t`Show`, run: () => void navigate({ to: '/c/$group', params: { group } }) }
              : undefined;
        const tell = (text: string) => toasts.show({ text, tone: 'danger', stays: true, ...(action && { action }) });
        // Its words are rarely needed; without them it is told as it came.
        void Promise.all([import('../notes/sentences'), loadAllWords()]).then(
          ([{ sentence }]) => tell(sentence(code, message)),
          () => tell(message),
        );
      }),
    [engine, t, navigate],
  );
  return null;
}
