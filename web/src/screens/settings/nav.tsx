import { Bell, CircleHelp, HardDrive, Info, Languages, Lock, MonitorSmartphone, Palette } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { Avatar, ListRow, PaneHeader } from '../../ui';
import { useOwnPicture } from './use-own-picture';

export const SECTIONS = [
  'profile',
  'appearance',
  'language',
  'notifications',
  'lock',
  'devices',
  'storage',
  'help',
  'about',
] as const;
export type SettingsSection = (typeof SECTIONS)[number];

/** The list of settings: the left pane on a desk, a page of its own on a phone. */
export function SettingsNav({ selected }: { selected?: SettingsSection | undefined }) {
  const { t } = useLingui();
  const { session } = useApp();
  const { account } = useModel(session);
  const picture = useOwnPicture();
  const icon = 'size-5 shrink-0 text-muted';
  const rows = [
    { section: 'appearance', title: t`Appearance`, start: <Palette aria-hidden="true" className={icon} /> },
    { section: 'language', title: t`Language`, start: <Languages aria-hidden="true" className={icon} /> },
    { section: 'notifications', title: t`Notifications`, start: <Bell aria-hidden="true" className={icon} /> },
    { section: 'lock', title: t`App lock`, start: <Lock aria-hidden="true" className={icon} /> },
    { section: 'devices', title: t`Devices`, start: <MonitorSmartphone aria-hidden="true" className={icon} /> },
    { section: 'storage', title: t`Storage`, start: <HardDrive aria-hidden="true" className={icon} /> },
    { section: 'help', title: t`Help`, start: <CircleHelp aria-hidden="true" className={icon} /> },
    { section: 'about', title: t`About`, start: <Info aria-hidden="true" className={icon} /> },
  ] as const;
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <PaneHeader title={t`Settings`} back="/" />
      <nav aria-label={t`Settings`} className="scroller min-h-0 flex-1 pb-[env(safe-area-inset-bottom)]">
        <ListRow
          href="/settings/profile"
          isSelected={selected === 'profile'}
          start={<Avatar id={account?.user ?? ''} name={account?.name ?? ''} picture={picture} size="lg" />}
          title={<span className="block truncate font-semibold">{account?.name}</span>}
          subtitle={<span className="block truncate">{account?.user}</span>}
        />
        <div className="mx-4 my-1 h-px bg-line" />
        {rows.map((row) => (
          <ListRow
            key={row.section}
            href={`/settings/${row.section}`}
            isSelected={selected === row.section}
            start={row.start}
            title={row.title}
            chevron
          />
        ))}
      </nav>
    </div>
  );
}
