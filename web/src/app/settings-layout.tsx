import { Navigate, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApproveDeviceModel } from '../models/approve-device';
import { ApproveScreen } from '../screens/approve/approve';
import { SettingsNav } from '../screens/settings/nav';
import { isSection, SettingsPage } from '../screens/settings/settings';
import { useApp } from './context';
import { Frame } from './frame';

export function SettingsLayout() {
  const { section } = useParams({ strict: false });
  const selected = section !== undefined && isSection(section) ? section : undefined;
  return (
    <Frame
      phone={section === undefined ? 'list' : 'pane'}
      list={<SettingsNav selected={selected} />}
      pane={<Outlet />}
    />
  );
}

export function SettingsSectionRoute() {
  const { section } = useParams({ strict: false });
  return section === undefined ? <SettingsHome /> : <SettingsPage section={section} key={section} />;
}

/** On a desk the first section is open beside the list. */
export function SettingsHome() {
  return <SettingsPage section="profile" />;
}

/** Also where a device link leads that was opened as an address. */
export function ApproveRoute() {
  const { engine } = useApp();
  const navigate = useNavigate();
  const [model] = useState(() => new ApproveDeviceModel(engine));
  useEffect(() => model.watch(), [model]);
  useEffect(() => {
    if (location.pathname !== '/l') return;
    const link = location.href;
    // The secret doesn't stay in the address.
    history.replaceState(history.state, '', '/devices/link');
    void model.open(link);
  }, [model]);
  return (
    <Frame
      phone="pane"
      list={<SettingsNav selected="devices" />}
      pane={
        <ApproveScreen
          model={model}
          onDone={() => void navigate({ to: '/settings/$section', params: { section: 'devices' } })}
        />
      }
    />
  );
}

/** An invitation that was opened where somebody has joined already. */
export function InvitationRoute() {
  return <Navigate to="/" replace />;
}
