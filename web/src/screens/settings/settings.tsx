import { Navigate } from '@tanstack/react-router';
import { AboutPage } from './about';
import { AppearancePage } from './appearance';
import { DevicesPage } from './devices';
import { HelpPage } from './help';
import { LanguagePage } from './language';
import { LockPage } from './lock';
import { SECTIONS, type SettingsSection } from './nav';
import { NotificationsPage } from './notifications';
import { ProfilePage } from './profile';
import { StoragePage } from './storage';

const pages: Record<SettingsSection, () => React.ReactNode> = {
  profile: () => <ProfilePage />,
  appearance: () => <AppearancePage />,
  language: () => <LanguagePage />,
  notifications: () => <NotificationsPage />,
  lock: () => <LockPage />,
  devices: () => <DevicesPage />,
  storage: () => <StoragePage />,
  help: () => <HelpPage />,
  about: () => <AboutPage />,
};

export const isSection = (text: string): text is SettingsSection => (SECTIONS as readonly string[]).includes(text);

export function SettingsPage({ section }: { section: string }) {
  return isSection(section) ? pages[section]() : <Navigate to="/settings" replace />;
}
