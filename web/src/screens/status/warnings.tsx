import { msg } from '@lingui/core/macro';
import type { MessageDescriptor } from '@lingui/core';
import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { useApp } from '../../app/context';
import { toasts } from '../../ui';

/** What a person has to know wherever they are in the app; warnings about one conversation are shown there. */
const sentences: Record<string, MessageDescriptor> = {
  device_linked: msg`A new device was linked to you. If it wasn’t you, remove it at once.`,
  untrusted_device: msg`The server lists a device as yours that you never linked. It gets nothing from here. Tell your administrator.`,
  untrusted_organisation: msg`The server can’t prove any more that it belongs to your organisation. Tell your administrator.`,
  relay_rolled_back: msg`The server went back to an older state. Messages of the last time may be missing for others. Tell your administrator.`,
};

/** Every device is told about a new one; and what the server does that it must not. Stays until it is closed. */
export function Warnings() {
  const { i18n, t } = useLingui();
  const { engine } = useApp();
  const navigate = useNavigate();
  useEffect(
    () =>
      engine.onEvent((event) => {
        const sentence = event.type === 'warning' ? sentences[event.code] : undefined;
        if (event.type !== 'warning' || !sentence) return;
        const isDevice = event.code === 'device_linked' || event.code === 'untrusted_device';
        const look = () => void navigate({ to: '/settings/$section', params: { section: 'devices' } });
        toasts.show({
          text: i18n._(sentence),
          tone: 'danger',
          stays: true,
          ...(isDevice ? { action: { label: t`Devices`, run: look } } : {}),
        });
      }),
    [engine, i18n, t, navigate],
  );
  return null;
}
