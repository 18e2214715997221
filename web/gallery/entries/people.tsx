import { useEffect, type ReactNode } from 'react';
import type { JoinLinkState } from '../../src/api';
import { FAKE_GROUP_LINK } from '../../src/engine/fake';
import { GROUPS, makeConversations, makeMessages, people } from '../../src/engine/fake-office';
import { JoinGroupModel } from '../../src/models/join-group';
import { AddPeople } from '../../src/screens/group/add-people';
import { EditGroup } from '../../src/screens/group/edit-group';
import { GroupLinkDialog } from '../../src/screens/group/group-link';
import { JoinGroupScreen } from '../../src/screens/group/join-group';
import { AudienceDialog } from '../../src/screens/info/audience';
import { DisappearingDialog } from '../../src/screens/info/disappearing-dialog';
import { EncryptionDialog } from '../../src/screens/info/encryption-dialog';
import { InfoPanel, type InfoPanelProps } from '../../src/screens/info/info-panel';
import { InfoModel } from '../../src/screens/info/info-model';
import { StarredPage } from '../../src/screens/info/starred-page';
import { PersonProfile } from '../../src/screens/info/person-profile';
import { MediaProvider } from '../../src/screens/media';
import { NewConversation } from '../../src/screens/new/new-conversation';
import { NewModel } from '../../src/screens/new/new-model';
import { PanePage } from '../../src/ui';
import type { Entry } from '../entry';
import { sampleEngine, type SampleEngine } from '../sample-media';
import { NOW_MS } from '../../src/engine/fake-office';

const nothing = () => undefined;
const titleOf = (group: string) => makeConversations(makeMessages()).find((one) => one.group === group)?.title;

function page(
  id: string,
  title: string,
  group: string,
  render: (engine: SampleEngine) => ReactNode,
  prepare?: (engine: SampleEngine) => void | Promise<void>,
): Entry {
  let engine: SampleEngine;
  return {
    id,
    title,
    group,
    prepare: async () => {
      engine = await sampleEngine();
      await prepare?.(engine);
    },
    render: () => (
      <MediaProvider engine={engine}>
        <main className="mx-auto h-full max-w-md border-line md:border-x">{render(engine)}</main>
      </MediaProvider>
    ),
  };
}

let joinModel: JoinGroupModel;
/** A link into a group that was opened. */
const joining = (id: string, title: string, state?: JoinLinkState): Entry =>
  page(
    `join-group-${id}`,
    title,
    'Link into a group',
    () => <JoinGroupScreen model={joinModel} onOpen={nothing} onDone={nothing} />,
    (engine) => {
      const [, admin] = people;
      if (state && admin) engine.joinLink = { group: GROUPS.launch, admin: admin.user, admin_name: admin.name, state };
      if (state === 'queued') engine.setStatus({ phase: 'ready', connection: 'offline' });
      joinModel = new JoinGroupModel(engine, FAKE_GROUP_LINK);
    },
  );

const groupLink = (id: string, title: string, link?: string): Entry =>
  page(
    `group-link-${id}`,
    title,
    'Link into a group',
    (engine) => (
      <>
        <h1 className="sr-only">Info</h1>
        <GroupLinkDialog engine={engine} group={GROUPS.launch} onClose={nothing} />
      </>
    ),
    (engine) => {
      if (link !== undefined) engine.groupLinks.set(GROUPS.launch, link);
    },
  );

let newModel: NewModel;
const newPage = (id: string, title: string, act: (model: NewModel) => void = nothing): Entry =>
  page(
    `new-${id}`,
    title,
    'New conversation',
    (engine) => <NewConversation engine={engine} model={newModel} onOpen={nothing} onClose={nothing} />,
    (engine) => {
      newModel = new NewModel(engine);
      act(newModel);
    },
  );
const some = people.filter((_, at) => [1, 2, 6].includes(at));

const info = (
  id: string,
  title: string,
  props: Partial<InfoPanelProps> = {},
  prepare?: (engine: SampleEngine) => void | Promise<void>,
): Entry =>
  page(
    `info-${id}`,
    title,
    'Info',
    (engine) => (
      <InfoPanel
        engine={engine}
        group={GROUPS.launch}
        onClose={nothing}
        onOpen={nothing}
        onSearch={nothing}
        onShowInThread={nothing}
        onSafetyNumber={nothing}
        now={() => NOW_MS}
        {...props}
      />
    ),
    prepare,
  );

let model: InfoModel;
function Opened({ children }: { children: ReactNode }) {
  useEffect(() => () => model.close(), []);
  return (
    <>
      <h1 className="sr-only">Info</h1>
      {children}
    </>
  );
}
const dialog = (
  id: string,
  title: string,
  render: (model: InfoModel) => ReactNode,
  group: string = GROUPS.launch,
): Entry =>
  page(
    `info-${id}`,
    title,
    'Info',
    () => <Opened>{render(model)}</Opened>,
    async (engine) => {
      model = new InfoModel(engine, group);
      await model.load();
    },
  );

export const entries: Entry[] = [
  newPage('choose', 'People'),
  newPage('members', 'Group: members', (model) => {
    model.goTo('members');
    some.forEach((person) => model.toggle(person));
  }),
  newPage('details', 'Group: details', (model) => {
    some.forEach((person) => model.toggle(person));
    model.setName('Autumn fair');
    model.goTo('details');
  }),
  page(
    'new-offline',
    'People, without the directory',
    'New conversation',
    (engine) => <NewConversation engine={engine} onOpen={nothing} onClose={nothing} />,
    (engine) => {
      const original = engine.command.bind(engine);
      engine.command = (command) => {
        if (command.type === 'list_people') engine.failNext('unreachable');
        return original(command);
      };
    },
  ),
  info('group', 'Group'),
  info('admin', 'Group, as an admin', {}, (engine) => {
    engine.admin = true;
  }),
  info('direct', '1:1', { group: GROUPS.marcus }),
  info('shared', 'Media, files and links', { page: 'shared' }),
  info('starred', 'Starred messages', { page: 'starred' }, async (engine) => {
    const { messages } = await engine.ask({ type: 'messages', group: GROUPS.launch, limit: 40 });
    for (const message of messages.filter((one) => one.body.type === 'text' || one.body.type === 'file').slice(-4))
      await engine.command({ type: 'star', message: message.id, on: true });
  }),
  page(
    'starred-everywhere',
    'Starred messages of all conversations',
    'Info',
    (engine) => (
      <PanePage title="Starred messages" back="/">
        <StarredPage engine={engine} titleOf={titleOf} onShowInThread={nothing} />
      </PanePage>
    ),
    async (engine) => {
      for (const group of [GROUPS.launch, GROUPS.priya, GROUPS.engineering]) {
        const { messages } = await engine.ask({ type: 'messages', group, limit: 40 });
        const last = messages.findLast((one) => one.body.type === 'text');
        if (last) await engine.command({ type: 'star', message: last.id, on: true });
      }
    },
  ),
  info('left', 'A conversation that was left', { group: GROUPS.former }),
  dialog('audience', 'Who can read this', (one) => <AudienceDialog model={one} onClose={nothing} />),
  dialog(
    'audience-agency',
    'Who can read this: outsiders',
    (one) => <AudienceDialog model={one} onClose={nothing} />,
    GROUPS.agency,
  ),
  dialog(
    'encryption',
    'Encryption',
    (one) => <EncryptionDialog model={one} onSafetyNumber={nothing} onClose={nothing} />,
    GROUPS.marcus,
  ),
  dialog('disappearing', 'Disappearing messages', (one) => <DisappearingDialog model={one} onClose={nothing} />),
  dialog('edit', 'Edit the group', (one) => <EditGroup model={one} onClose={nothing} />),
  dialog('add', 'Add people', (one) => (
    <AddPeople
      engine={one.engine}
      group={one.group}
      members={one.getSnapshot().members.map((member) => member.user)}
      onClose={nothing}
    />
  )),
  groupLink('none', 'Invite by link: none yet'),
  groupLink('made', 'Invite by link', FAKE_GROUP_LINK),
  joining('new', 'Ask to be let in', 'new'),
  joining('queued', 'Waiting for the connection', 'queued'),
  joining('asked', 'Asked', 'asked'),
  joining('refused', 'Refused', 'refused'),
  joining('not-sent', 'Not sent', 'not_sent'),
  joining('nowhere', 'A link of elsewhere'),
  page('info-profile', 'Profile of a member', 'Info', (engine) => (
    <>
      <h1 className="sr-only">Info</h1>
      <PersonProfile
        engine={engine}
        person={{
          user: people[1]?.user ?? '',
          name: people[1]?.name ?? '',
          kind: 'member',
          picture: null,
          verified: true,
        }}
        onOpen={nothing}
        onSafetyNumber={nothing}
        onClose={nothing}
      />
    </>
  )),
];
