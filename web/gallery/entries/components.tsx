import { Archive, BellOff, Inbox, Pencil, Pin, Plus, Search, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Entry } from '../entry';
import {
  Avatar,
  Badge,
  Banner,
  Button,
  Checkbox,
  ComboBox,
  CountBadge,
  Dialog,
  EmptyState,
  IconButton,
  ListRow,
  Menu,
  MenuItem,
  MenuSeparator,
  MenuTrigger,
  PanePage,
  PinField,
  Progress,
  ProgressRing,
  RadioGroup,
  SearchField,
  Section,
  Segmented,
  Select,
  Skeleton,
  SkeletonRows,
  Spinner,
  Switch,
  Tabs,
  TextArea,
  TextField,
  toasts,
  Tooltip,
} from '../../src/ui';
import { QrCode } from '../../src/ui/qr-code';
import { FAKE_DEVICE_LINK } from '../../src/engine/fake';

const options = [
  { value: 'admin', label: 'Admin', description: 'Changes the group and its members' },
  { value: 'member', label: 'Member' },
  { value: 'reader', label: 'Reader', description: 'Reads, doesn’t write' },
] as const;
type Role = (typeof options)[number]['value'];

function Buttons() {
  return (
    <PanePage title="Buttons">
      <Section title="Variants">
        <div className="flex flex-wrap items-center gap-3">
          <Button variant="primary">Primary</Button>
          <Button>Secondary</Button>
          <Button variant="quiet">Quiet</Button>
          <Button variant="danger">Danger</Button>
          <Button variant="danger-quiet">Danger, quiet</Button>
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <Button variant="primary" isDisabled>
            Disabled
          </Button>
          <Button variant="primary" isPending>
            Pending
          </Button>
          <Button icon={<Plus aria-hidden="true" className="size-4.5" />}>With an icon</Button>
        </div>
        <Button variant="primary" wide>
          Wide
        </Button>
      </Section>
      <Section title="Icon buttons">
        <div className="flex flex-wrap items-center gap-3">
          <Tooltip text="Search">
            <IconButton label="Search">
              <Search aria-hidden="true" className="size-5" />
            </IconButton>
          </Tooltip>
          <IconButton label="New" variant="primary">
            <Plus aria-hidden="true" className="size-5" />
          </IconButton>
          <IconButton label="Edit" variant="secondary">
            <Pencil aria-hidden="true" className="size-5" />
          </IconButton>
          <IconButton label="Pinned" active>
            <Pin aria-hidden="true" className="size-5" />
          </IconButton>
          <IconButton label="Small" size="sm">
            <BellOff aria-hidden="true" className="size-4" />
          </IconButton>
        </div>
      </Section>
      <Section title="Badges">
        <div className="flex flex-wrap items-center gap-3">
          <Badge>Neutral</Badge>
          <Badge tone="accent">Accent</Badge>
          <Badge tone="success">Compared</Badge>
          <Badge tone="warning">From outside</Badge>
          <Badge tone="danger">Removed</Badge>
          <CountBadge count={3} label="3 unread" />
          <CountBadge count={128} label="128 unread" />
          <CountBadge count={4000} label="4000 unread" muted />
        </div>
      </Section>
    </PanePage>
  );
}

function Fields() {
  const [role, setRole] = useState<Role>('member');
  const [theme, setTheme] = useState<'light' | 'dark' | 'system'>('system');
  return (
    <PanePage title="Fields">
      <Section>
        <TextField
          label="Name of the group"
          description="Everybody in it sees the name."
          defaultValue="Spring launch"
        />
        <TextField label="Address" error="This address isn’t complete." defaultValue="ana.ruiz@" />
        <TextField label="Disabled" isDisabled defaultValue="Lindenhof Studios" />
        <TextArea label="Purpose" placeholder="What is this group for?" />
        <SearchField label="Search" />
        <PinField label="PIN" description="At least 6 digits." defaultValue="482913" />
      </Section>
      <Section>
        <Switch label="Notify me of new messages" description="On this device" defaultSelected />
        <Switch label="Quiet hours" />
        <Switch label="Disabled" isDisabled />
        <Checkbox label="Hand over my history" description="Otherwise it starts empty." defaultSelected />
        <Checkbox label="Not chosen" />
        <Checkbox label="Some of them" isIndeterminate />
      </Section>
      <Section>
        <RadioGroup label="Role" choices={options} value={role} onChange={setRole} />
        <Segmented
          label="Theme"
          choices={[
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
            { value: 'system', label: 'System' },
          ]}
          value={theme}
          onChange={setTheme}
        />
        <Select label="Role" options={options} value={role} onChange={setRole} />
        <ComboBox label="Person" placeholder="Name or team" options={options} onChange={() => undefined} />
      </Section>
    </PanePage>
  );
}

function Feedback() {
  return (
    <PanePage title="Feedback">
      <div className="flex flex-col gap-3">
        <Banner>Getting what you missed …</Banner>
        <Banner tone="success">The browser keeps this data until you erase it.</Banner>
        <Banner tone="warning" title="The browser blocks notifications" action={<Button>Check again</Button>}>
          Only you can allow them again.
        </Banner>
        <Banner tone="danger" action={<Button>Try again</Button>}>
          The server can’t be reached.
        </Banner>
      </div>
      <Section title="Progress">
        <Progress label="History" value={0.42} detail="1,204 of 2,860" />
        <Progress label="Joining" />
        <div className="flex items-center gap-6 text-accent-text">
          <Spinner size="sm" />
          <Spinner />
          <Spinner size="lg" />
          <ProgressRing label="Receiving" value={0.66} />
          <ProgressRing label="Waiting" />
        </div>
      </Section>
      <Section title="Coming" flush>
        <SkeletonRows rows={3} />
        <div className="p-4">
          <Skeleton className="h-4 w-1/2" />
        </div>
      </Section>
      <Section title="Nothing here">
        <EmptyState
          icon={<Inbox aria-hidden="true" />}
          title="No conversations yet"
          action={<Button variant="primary">Start one</Button>}
        >
          Everybody in your organisation is in the directory.
        </EmptyState>
      </Section>
    </PanePage>
  );
}

const names = [
  ['ana', 'Ana Ruiz'],
  ['marcus', 'Marcus Weber'],
  ['priya', 'Priya Nair'],
  ['li', '李雷'],
  ['layla', 'ليلى حداد'],
  ['olena', 'Олена Коваленко'],
  ['yuki', '田中 由紀'],
  ['sam', 'Samuel Okafor'],
] as const;

function Lists() {
  return (
    <PanePage title="Lists and people">
      <Section title="Avatars">
        <div className="flex flex-wrap items-center gap-3">
          {names.map(([id, name]) => (
            <Avatar key={id} id={`${id}@example.org`} name={name} />
          ))}
          <Avatar id="group" name="Spring launch" shape="group" />
        </div>
        <div className="flex flex-wrap items-end gap-3">
          {(['xs', 'sm', 'md', 'lg', 'xl', '2xl'] as const).map((size) => (
            <Avatar key={size} id="ana@example.org" name="Ana Ruiz" size={size} />
          ))}
        </div>
      </Section>
      <Section title="Rows" flush>
        {names.slice(0, 4).map(([id, name], n) => (
          <ListRow
            key={id}
            start={<Avatar id={`${id}@example.org`} name={name} />}
            title={name}
            subtitle={n === 1 ? 'In use now' : 'Last used yesterday'}
            isSelected={n === 1}
            onPress={() => undefined}
            end={<CountBadge count={n} label={`${n} unread`} />}
            chevron={n === 3}
          />
        ))}
      </Section>
      <Section>
        <Tabs
          label="Details"
          tabs={[
            { id: 'members', label: 'Members', content: <p>Seven members.</p> },
            { id: 'media', label: 'Media', content: <p>No media.</p> },
            { id: 'files', label: 'Files', content: <p>Two files.</p> },
          ]}
        />
      </Section>
      <Section title="QR code">
        <div className="mx-auto w-56">
          <QrCode text={FAKE_DEVICE_LINK} label="QR code" />
        </div>
      </Section>
    </PanePage>
  );
}

export const entries: Entry[] = [
  { id: 'buttons', title: 'Buttons and badges', group: 'Components', render: () => <Buttons /> },
  { id: 'fields', title: 'Fields', group: 'Components', render: () => <Fields /> },
  { id: 'feedback', title: 'Feedback', group: 'Components', render: () => <Feedback /> },
  { id: 'lists', title: 'Lists and people', group: 'Components', render: () => <Lists /> },
  {
    id: 'dialog',
    title: 'Dialog or sheet',
    group: 'Components',
    render: () => (
      <PanePage title="Behind it">
        <Dialog
          title="Mute this conversation"
          size="sm"
          isOpen
          actions={
            <>
              <Button>Cancel</Button>
              <Button variant="primary">Mute</Button>
            </>
          }
        >
          <RadioGroup
            label="For how long"
            choices={[
              { value: 'h', label: '8 hours' },
              { value: 'w', label: '1 week' },
              { value: 'a', label: 'Always' },
            ]}
            value="h"
            onChange={() => undefined}
          />
        </Dialog>
      </PanePage>
    ),
  },
  {
    id: 'menu',
    title: 'Menu',
    group: 'Components',
    render: () => (
      <PanePage title="Menu">
        <div>
          <MenuTrigger defaultOpen>
            <Button>Conversation</Button>
            <Menu placement="bottom start">
              <MenuItem icon={<Pin aria-hidden="true" />} shortcut="P">
                Pin
              </MenuItem>
              <MenuItem icon={<BellOff aria-hidden="true" />}>Mute</MenuItem>
              <MenuItem icon={<Archive aria-hidden="true" />} isDisabled>
                Archive
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon={<Trash2 aria-hidden="true" />} danger>
                Leave the group
              </MenuItem>
            </Menu>
          </MenuTrigger>
        </div>
      </PanePage>
    ),
  },
  {
    id: 'toast',
    title: 'Toasts',
    group: 'Components',
    prepare: () => {
      toasts.show({ text: 'Link copied', tone: 'success', stays: true });
      toasts.show({ text: 'A new version is ready.', stays: true, action: { label: 'Reload', run: () => undefined } });
    },
    render: () => <PanePage title="Toasts">{null}</PanePage>,
  },
];
