import type { Entry } from '../entry';
import { Frame } from '../../src/app/frame';
import type { App } from '../../src/app/context';
import { FAKE_ACCOUNT, FAKE_DEVICE_LINK, FAKE_INVITATION, FAKE_PIN, type FakeEngine } from '../../src/engine/fake';
import { ApproveDeviceModel } from '../../src/models/approve-device';
import { JoinModel } from '../../src/models/join';
import { LinkDeviceModel } from '../../src/models/link-device';
import { ApproveScreen } from '../../src/screens/approve/approve';
import { JoinScreen } from '../../src/screens/join/join';
import { LinkScreen } from '../../src/screens/link/link';
import { SafetyScreen } from '../../src/screens/safety/safety';
import { SettingsNav, type SettingsSection } from '../../src/screens/settings/nav';
import { SettingsPage } from '../../src/screens/settings/settings';
import { ConnectionBanner } from '../../src/screens/status/connection-banner';
import { CrashScreen } from '../../src/screens/status/crash';
import { FailedScreen, RevokedScreen, StartingScreen } from '../../src/screens/status/status';
import { UnlockScreen } from '../../src/screens/unlock/unlock';
import { PanePage } from '../../src/ui';

const nothing = () => undefined;

/** A model that is made once per page, in the state that is to be seen. */
function joinEntry(
  id: string,
  title: string,
  act: (model: JoinModel, engine: FakeEngine) => unknown,
  link?: string,
): Entry {
  let model: JoinModel;
  return {
    id,
    title,
    group: 'Join',
    engine: { joined: false },
    prepare: async (engine) => {
      model = new JoinModel(engine, 'Chrome · Android', link);
      await act(model, engine);
    },
    render: () => <JoinScreen model={model} onLinkInstead={nothing} onDone={nothing} />,
  };
}

function linkEntry(id: string, title: string, act: (model: LinkDeviceModel, engine: FakeEngine) => unknown): Entry {
  let model: LinkDeviceModel;
  return {
    id,
    title,
    group: 'Link',
    engine: { joined: false },
    prepare: async (engine) => {
      model = new LinkDeviceModel(engine, 'https://chat.lindenhof.example', 'Chrome · Android');
      await act(model, engine);
    },
    render: () => <LinkScreen model={model} onBack={nothing} onDone={nothing} />,
  };
}

const besideSettings = (section: SettingsSection | undefined, pane: React.ReactNode) => (
  <Frame phone={section === undefined ? 'list' : 'pane'} list={<SettingsNav selected={section} />} pane={pane} />
);

function approveEntry(
  id: string,
  title: string,
  act: (model: ApproveDeviceModel, engine: FakeEngine) => unknown,
): Entry {
  let model: ApproveDeviceModel;
  return {
    id,
    title,
    group: 'Link',
    prepare: async (engine) => {
      model = new ApproveDeviceModel(engine);
      await act(model, engine);
    },
    render: () => besideSettings('devices', <ApproveScreen model={model} onDone={nothing} />),
  };
}

const settingsEntry = (section: SettingsSection, title: string): Entry => ({
  id: `settings-${section}`,
  title,
  group: 'Settings',
  render: () => besideSettings(section, <SettingsPage section={section} />),
});

type Code = Parameters<typeof FailedScreen>[0]['error']['code'];
const failedEntry = (code: Code, title: string): Entry => ({
  id: `failed-${code.replaceAll('_', '-')}`,
  title,
  group: 'States',
  render: () => <FailedScreen error={{ code, message: code === 'crashed' ? 'RuntimeError: unreachable' : '' }} />,
});

const bannerEntry = (id: string, title: string, connection: 'offline' | 'catching-up'): Entry => ({
  id,
  title,
  group: 'States',
  prepare: (engine: FakeEngine, app: App) => {
    engine.setStatus({ phase: 'ready', connection });
    void app.session.refresh();
  },
  render: () => (
    <main className="flex h-full flex-col">
      <ConnectionBanner />
      <div className="min-h-0 flex-1">
        <PanePage title={FAKE_ACCOUNT.organisation}>{null}</PanePage>
      </div>
    </main>
  ),
});

const unreachable = (engine: FakeEngine) => engine.failNext('unreachable');

export const entries: Entry[] = [
  joinEntry('join-link', 'Ask for the link', nothing),
  joinEntry('join-link-wrong', 'Damaged link', (model) => model.open('https://chat.lindenhof.example/i#AQ')),
  joinEntry('join-invitation', 'Invitation', nothing, FAKE_INVITATION),
  joinEntry('join-elsewhere', 'Invitation to another server', nothing, FAKE_INVITATION.replace('lindenhof', 'harbour')),
  joinEntry('join-lock', 'Protect this device', (model) => model.accept(), FAKE_INVITATION),
  joinEntry(
    'join-cut',
    'Network cut while joining',
    async (model, engine) => {
      await engine.create({ pin: FAKE_PIN });
      unreachable(engine);
      await model.join();
    },
    FAKE_INVITATION,
  ),
  joinEntry(
    'join-used',
    'Invitation used already',
    async (model, engine) => {
      engine.failNext('invitation_used');
      await model.join();
    },
    FAKE_INVITATION,
  ),
  joinEntry('join-welcome', 'Welcome', (model) => model.protect({ pin: FAKE_PIN }), FAKE_INVITATION),
  linkEntry('link-lock', 'Link: protect this device', nothing),
  linkEntry('link-code', 'Link: code', (model) => model.protect({ pin: FAKE_PIN })),
  linkEntry('link-cut', 'Link: network cut', async (model, engine) => {
    await engine.create({ pin: FAKE_PIN });
    unreachable(engine);
    await model.start();
    engine.emit({ type: 'devices_changed' });
  }),
  linkEntry('link-history', 'Link: history comes', async (model, engine) => {
    await model.protect({ pin: FAKE_PIN });
    engine.emit({ type: 'linked', user: FAKE_ACCOUNT.user });
    engine.emit({ type: 'history_progress', messages: 1204, total: 2860, done: false });
  }),
  approveEntry('approve-scan', 'Approve: scan', nothing),
  approveEntry('approve-compare', 'Approve: compare', (model) => model.open(FAKE_DEVICE_LINK)),
  approveEntry('approve-presence', 'Approve: confirm', async (model) => {
    await model.open(FAKE_DEVICE_LINK);
    model.matches();
  }),
  approveEntry('approve-done', 'Approve: done', async (model) => {
    await model.open(FAKE_DEVICE_LINK);
    await model.approve({ pin: FAKE_PIN });
  }),
  { id: 'starting', title: 'Starting', group: 'States', render: () => <StartingScreen /> },
  {
    id: 'locked',
    title: 'Locked',
    group: 'States',
    engine: { status: { phase: 'locked', methods: ['pin'], attemptsLeft: 3 } },
    render: () => <UnlockScreen />,
  },
  {
    id: 'locked-passkey',
    title: 'Locked, passkey',
    group: 'States',
    engine: { status: { phase: 'locked', methods: ['passkey'] } },
    render: () => <UnlockScreen />,
  },
  {
    id: 'revoked',
    title: 'Removed device',
    group: 'States',
    engine: { status: { phase: 'revoked' } },
    render: () => <RevokedScreen />,
  },
  failedEntry('storage_full', 'Disk full'),
  failedEntry('storage_denied', 'Storage denied'),
  failedEntry('storage_damaged', 'Storage damaged'),
  failedEntry('unsupported', 'Browser too old'),
  failedEntry('crashed', 'Engine stopped'),
  {
    id: 'crash',
    title: 'App crashed',
    group: 'States',
    render: () => <CrashScreen error={new TypeError('list is undefined')} />,
  },
  bannerEntry('banner-offline', 'Server away', 'offline'),
  bannerEntry('banner-catching-up', 'Catching up', 'catching-up'),
  {
    id: 'settings',
    title: 'Settings',
    group: 'Settings',
    render: () => besideSettings(undefined, <SettingsPage section="profile" />),
  },
  settingsEntry('profile', 'Profile'),
  settingsEntry('appearance', 'Appearance'),
  settingsEntry('language', 'Language'),
  settingsEntry('notifications', 'Notifications'),
  settingsEntry('lock', 'App lock'),
  settingsEntry('devices', 'Devices'),
  settingsEntry('storage', 'Storage'),
  settingsEntry('help', 'Help'),
  settingsEntry('about', 'About'),
  {
    id: 'safety',
    title: 'Safety number',
    group: 'Settings',
    render: () => (
      <main className="h-full">
        <SafetyScreen user="marcus.weber@lindenhof.example" name="Marcus Weber" back="/" />
      </main>
    ),
  },
];
