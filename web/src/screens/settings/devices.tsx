import { Laptop, MonitorSmartphone, Plus, Smartphone, Trash2 } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useNavigate } from '@tanstack/react-router';
import type { DeviceView } from '../../api';
import { useApp } from '../../app/context';
import { formatDate, formatDay } from '../../app/format';
import { useModel } from '../../app/use-model';
import { DevicesModel } from '../../models/devices';
import {
  Badge,
  Button,
  Confirm,
  IconButton,
  ListRow,
  PanePage,
  Section,
  SkeletonRows,
  toasts,
  Tooltip,
} from '../../ui';
import { ProblemBanner } from '../problem-text';

export function DevicesPage() {
  const { t, i18n } = useLingui();
  const { engine, now } = useApp();
  const navigate = useNavigate();
  const [model] = useState(() => new DevicesModel(engine));
  const { devices, removing, problem } = useModel(model);
  const [asked, setAsked] = useState<DeviceView>();
  useEffect(() => () => model.dispose(), [model]);

  const remove = async (device: DeviceView) => {
    if (await model.remove(device.device)) toasts.show({ text: t`“${device.label}” is removed.`, tone: 'success' });
    setAsked(undefined);
  };
  const icon = (device: DeviceView) => (/phone|android|ios|ipad/i.test(device.label) ? Smartphone : Laptop);
  const seen = (device: DeviceView) => {
    if (device.removing !== null) {
      const { done, total } = device.removing;
      return t`Removed. It leaves your conversations: ${done} of ${total}`;
    }
    if (device.this) return t`In use now`;
    const day = device.last_seen_day;
    return day === null ? t`Not connected yet` : t`Last used ${formatDay(i18n.locale, day, now())}`;
  };
  const row = (device: DeviceView) => {
    const Icon = icon(device);
    return (
      <ListRow
        key={device.device}
        start={
          <span className="flex size-10 shrink-0 items-center justify-center rounded-full bg-sunken text-muted">
            <Icon aria-hidden="true" className="size-5" />
          </span>
        }
        title={
          <span className="flex flex-wrap items-center gap-2">
            <span className="break-words">{device.label}</span>
            {device.this && <Badge tone="accent">{t`This device`}</Badge>}
          </span>
        }
        subtitle={
          <>
            <span className="block">{seen(device)}</span>
            {device.removing === null && (
              <span className="block">{t`Added ${formatDate(i18n.locale, device.added_at_ms)}`}</span>
            )}
          </>
        }
        end={
          !device.this &&
          device.removing === null && (
            <Tooltip text={t`Remove`}>
              <IconButton
                label={t`Remove ${device.label}`}
                isDisabled={removing !== undefined}
                onPress={() => setAsked(device)}
              >
                <Trash2 aria-hidden="true" className="size-4.5" />
              </IconButton>
            </Tooltip>
          )
        }
      />
    );
  };
  return (
    <PanePage title={t`Devices`} back="/settings" backOnPhoneOnly>
      <ProblemBanner problem={problem} onRetry={() => void model.refresh()} />
      <div className="flex items-start gap-4 rounded-lg bg-accent-soft p-4 text-on-accent-soft">
        <MonitorSmartphone aria-hidden="true" className="mt-0.5 size-6 shrink-0" />
        <div className="flex flex-col items-start gap-3">
          <p className="text-base">{t`Use Chancery on your phone and your computer at once. History comes along.`}</p>
          <Button
            variant="primary"
            icon={<Plus aria-hidden="true" className="size-4.5" />}
            onPress={() => void navigate({ to: '/devices/link' })}
          >
            {t`Link a device`}
          </Button>
        </div>
      </div>
      <Section flush description={t`A device that you don’t know? Remove it at once and tell your administrator.`}>
        {devices === undefined ? <SkeletonRows rows={3} /> : devices.map(row)}
      </Section>
      <Confirm
        title={t`Remove “${asked?.label ?? ''}”?`}
        confirm={t`Remove the device`}
        isOpen={asked !== undefined}
        isPending={removing !== undefined}
        onCancel={() => setAsked(undefined)}
        onConfirm={() => {
          if (asked) void remove(asked);
        }}
      >
        {t`It gets no more messages and has to be linked again to be used. A browser erases what is on it as soon as it connects.`}
      </Confirm>
    </PanePage>
  );
}
