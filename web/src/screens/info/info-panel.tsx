import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import {
  Archive,
  ArrowLeft,
  BadgeCheck,
  Bell,
  BellOff,
  Eye,
  Image,
  Link2,
  LockKeyhole,
  LogOut,
  MessageSquareOff,
  Pencil,
  Pin,
  Search,
  ShieldCheck,
  Star,
  Timer,
  UserPlus,
  X,
} from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { MemberView } from '../../api';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import {
  Badge,
  Banner,
  Button,
  Confirm,
  EmptyState,
  IconButton,
  ListRow,
  Menu,
  MenuItem,
  MenuTrigger,
  Section,
  SkeletonRows,
  Switch,
  toasts,
} from '../../ui';
import { AddPeople } from '../group/add-people';
import { EditGroup } from '../group/edit-group';
import { Members } from '../group/members';
import { sentenceOf } from '../media/files/sentence';
import { VisualTile } from '../media/photo';
import { Face } from '../new/picture';
import { RepairDialog } from '../repair/repair-dialog';
import { AudienceDialog, useAudienceLine } from './audience';
import { DisappearingDialog, useDurationText } from './disappearing-dialog';
import { EncryptionDialog } from './encryption-dialog';
import { FOR_EVER_MS, InfoModel, successionOf } from './info-model';
import { PersonProfile } from './person-profile';
import { SharedModel } from './shared-model';
import { SharedPage } from './shared-page';
import { StarredPage } from './starred-page';

// With its QR code, which few look at.
const GroupLinkDialog = lazy(async () => ({ default: (await import('../group/group-link')).GroupLinkDialog }));

export interface InfoPanelProps {
  engine: Engine;
  group: string;
  onClose: () => void;
  /** Another conversation, such as the 1:1 with a member. */
  onOpen: (group: string) => void;
  onSearch?: () => void;
  onShowInThread?: (message: string) => void;
  onSafetyNumber?: (user: string) => void;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Where it begins. */
  page?: Page;
}

type Page = 'main' | 'shared' | 'starred';
type Open = 'audience' | 'encryption' | 'disappearing' | 'edit' | 'leave' | 'repair' | 'add' | 'link';

/** All about one conversation: a pane beside the thread, or a screen of its own on a phone. Needs a MediaProvider above. */
export function InfoPanel(props: InfoPanelProps) {
  const { engine, group, onClose, page: first = 'main' } = props;
  const { t } = useLingui();
  const model = useMemo(() => new InfoModel(engine, group), [engine, group]);
  const shared = useMemo(() => new SharedModel(engine, group), [engine, group]);
  const [page, setPage] = useState<Page>(first);
  useEffect(() => {
    model.open();
    shared.open();
    return () => {
      model.close();
      shared.close();
    };
  }, [model, shared]);
  const { phase, conversation } = useModel(model);
  const titles = {
    main: conversation?.kind === 'direct' ? t`Contact info` : t`Group info`,
    shared: t`Media, files and links`,
    starred: t`Starred messages`,
  };
  return (
    <section aria-label={titles[page]} className="flex h-full min-h-0 flex-col bg-canvas">
      <header className="flex min-h-15 shrink-0 items-center gap-1 border-b border-line bg-surface px-2 pt-[env(safe-area-inset-top)]">
        {page === 'main' ? (
          <IconButton label={t`Close`} onPress={onClose}>
            <X aria-hidden="true" className="size-5" />
          </IconButton>
        ) : (
          <IconButton label={t`Back`} onPress={() => setPage('main')}>
            <ArrowLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
          </IconButton>
        )}
        <h1 className="min-w-0 flex-1 truncate px-1 text-lg font-semibold">{titles[page]}</h1>
      </header>
      <div className="scroller min-h-0 flex-1">
        {phase === 'loading' && <SkeletonRows rows={5} />}
        {phase === 'missing' && (
          <EmptyState icon={<MessageSquareOff />} title={t`This conversation is not on this device`}>
            {t`It may have been deleted, or the address is of another account.`}
          </EmptyState>
        )}
        {phase === 'ready' && page === 'main' && <Main {...props} model={model} shared={shared} onPage={setPage} />}
        {phase === 'ready' && page === 'shared' && <SharedPage model={shared} onShowInThread={props.onShowInThread} />}
        {phase === 'ready' && page === 'starred' && (
          <StarredPage engine={engine} group={group} onShowInThread={props.onShowInThread} />
        )}
      </div>
    </section>
  );
}

/** A round button with its word below. */
function Act({ icon, label, onPress }: { icon: ReactNode; label: string; onPress?: () => void }) {
  return (
    <AriaButton
      {...(onPress && { onPress })}
      className="flex min-w-18 flex-1 flex-col items-center gap-1.5 rounded-lg bg-surface px-2 py-2.5 text-sm text-accent-text inset-ring inset-ring-line outline-none hovered:bg-hover pressed:bg-pressed focus-ring:outline-2 focus-ring:outline-focus [&>svg]:size-5"
    >
      {icon}
      <span className="max-w-full truncate">{label}</span>
    </AriaButton>
  );
}

const round = 'size-5 shrink-0 text-muted';
/** Pictures of the strip. */
const STRIP_MAX = 4;

function Main({
  engine,
  group,
  model,
  shared,
  onPage,
  onClose,
  onOpen,
  onSearch,
  onSafetyNumber,
  now = () => Date.now(),
}: InfoPanelProps & { model: InfoModel; shared: SharedModel; onPage: (page: Page) => void }) {
  const { t, i18n } = useLingui();
  const state = useModel(model);
  const { media, files, links } = useModel(shared);
  const line = useAudienceLine();
  const durationText = useDurationText();
  const [open, setOpen] = useState<Open>();
  const [profile, setProfile] = useState<MemberView>();
  const { conversation, members, audience, account, verified, busy, error } = state;
  if (!conversation) return null;
  const { title, peer, purpose, kind } = conversation;
  const direct = kind === 'direct';
  const { mayManage } = model;
  const muted = conversation.muted_until_ms !== null && conversation.muted_until_ms > now();
  const mutedText =
    !muted || conversation.muted_until_ms === null
      ? undefined
      : conversation.muted_until_ms >= FOR_EVER_MS
        ? t`Always`
        : i18n.date(new Date(conversation.muted_until_ms), { dateStyle: 'medium', timeStyle: 'short' });
  const seconds = conversation.message_seconds;
  const count = conversation.members;
  const close = () => setOpen(undefined);
  const message = async (user: string) => {
    try {
      const result = await engine.command({ type: 'start_direct', user });
      if (result.type === 'conversation') onOpen(result.group);
    } catch (problem) {
      toasts.show({ text: sentenceOf(problem), tone: 'danger' });
    }
  };
  const succession = successionOf(members, account?.user);
  const ended = conversation.state === 'left' || conversation.state === 'removed';
  const sharedCount = media.length + files.length + links.length;
  return (
    <div className="mx-auto flex max-w-2xl flex-col gap-5 px-4 py-6 pb-[max(2rem,env(safe-area-inset-bottom))]">
      {error !== undefined && open === undefined && (
        <Banner tone="danger" live="alert">
          {error}
        </Banner>
      )}
      {conversation.needs_repair && (
        <Banner
          tone="warning"
          live="status"
          title={t`This conversation needs repair`}
          action={<Button variant="primary" onPress={() => setOpen('repair')}>{t`Repair`}</Button>}
        >
          {t`It doesn’t go on by itself on this device, so new messages don’t arrive.`}
        </Banner>
      )}
      {conversation.state === 'rejoining' && (
        <Banner live="status">{t`This device is joining the conversation again. New messages come in a moment.`}</Banner>
      )}
      {ended && (
        <Banner tone="info">
          {conversation.state === 'left'
            ? t`You have left. What was written before stays here.`
            : t`You were removed. What was written before stays here.`}
        </Banner>
      )}
      <div className="flex flex-col items-center gap-3 text-center">
        <Face
          engine={engine}
          of={peer === null ? { group } : { user: peer }}
          hash={conversation.picture}
          name={title}
          size="2xl"
        />
        <div className="max-w-full min-w-0">
          <h2
            className="flex items-center justify-center gap-1.5 overflow-clip text-2xl font-semibold wrap-anywhere"
            dir="auto"
          >
            {title}
            {direct && verified && (
              <BadgeCheck aria-label={t`Verified`} role="img" className="size-5.5 shrink-0 text-success-text" />
            )}
          </h2>
          <p className="text-base wrap-anywhere text-muted">
            {direct ? peer : t`Group · ${plural(count, { one: '# member', other: '# members' })}`}
          </p>
        </div>
        {!direct && purpose !== '' && (
          <p className="max-w-md overflow-clip text-base text-pretty wrap-anywhere whitespace-pre-wrap" dir="auto">
            {purpose}
          </p>
        )}
      </div>
      <div className="flex gap-2">
        <MenuTrigger>
          <Act
            icon={muted ? <BellOff aria-hidden="true" /> : <Bell aria-hidden="true" />}
            label={muted ? t`Muted` : t`Mute`}
          />
          <Menu
            placement="bottom start"
            onAction={(key) => {
              const hour = 3_600_000;
              const until = { hours: now() + 8 * hour, week: now() + 168 * hour, always: FOR_EVER_MS, off: null }[
                key as 'hours' | 'week' | 'always' | 'off'
              ];
              void model.mute(until);
            }}
          >
            <MenuItem id="hours">{t`For 8 hours`}</MenuItem>
            <MenuItem id="week">{t`For a week`}</MenuItem>
            <MenuItem id="always">{t`Always`}</MenuItem>
            {muted ? <MenuItem id="off" icon={<Bell />}>{t`Not any more`}</MenuItem> : null}
          </Menu>
        </MenuTrigger>
        {onSearch && <Act icon={<Search aria-hidden="true" />} label={t`Search`} onPress={onSearch} />}
        {mayManage && (
          <>
            <Act icon={<UserPlus aria-hidden="true" />} label={t`Add`} onPress={() => setOpen('add')} />
            <Act icon={<Pencil aria-hidden="true" />} label={t`Edit`} onPress={() => setOpen('edit')} />
          </>
        )}
        {direct && peer !== null && onSafetyNumber && (
          <Act icon={<ShieldCheck aria-hidden="true" />} label={t`Verify`} onPress={() => onSafetyNumber(peer)} />
        )}
      </div>
      {audience && !ended && (
        <Section flush>
          <ListRow
            start={<Eye aria-hidden="true" className={round} />}
            title={t`Who can read this`}
            subtitle={line(audience)}
            end={audience.recorders.length > 0 ? <Badge tone="warning">{t`Recorded`}</Badge> : undefined}
            onPress={() => setOpen('audience')}
            chevron
          />
          <ListRow
            start={<LockKeyhole aria-hidden="true" className={round} />}
            title={t`Encryption`}
            subtitle={conversation.suite === 'hybrid' ? t`End to end, also against quantum computers` : t`End to end`}
            onPress={() => setOpen('encryption')}
            chevron
          />
        </Section>
      )}
      <Section flush>
        <ListRow
          start={<Image aria-hidden="true" className={round} />}
          title={t`Media, files and links`}
          subtitle={sharedCount === 0 ? t`Nothing yet` : undefined}
          onPress={() => onPage('shared')}
          chevron
        />
        {media.length > 0 && (
          <div className="grid grid-cols-4 gap-1 p-3">
            {media.slice(0, STRIP_MAX).map((item) => (
              <VisualTile key={item.id} message={item} className="relative aspect-square rounded-sm" />
            ))}
          </div>
        )}
        <ListRow
          start={<Star aria-hidden="true" className={round} />}
          title={t`Starred messages`}
          onPress={() => onPage('starred')}
          chevron
        />
      </Section>
      <Section flush>
        <ListRow
          start={<Timer aria-hidden="true" className={round} />}
          title={t`Disappearing messages`}
          subtitle={seconds === null ? t`Off` : durationText(seconds)}
          {...(model.maySetDisappearing ? { onPress: () => setOpen('disappearing'), chevron: true } : {})}
        />
        {muted && (
          <ListRow
            start={<BellOff aria-hidden="true" className={round} />}
            title={t`Muted`}
            subtitle={mutedText}
            end={<Button variant="quiet" onPress={() => void model.mute(null)}>{t`Unmute`}</Button>}
          />
        )}
        <div className="flex items-center gap-3 px-4 py-1">
          <Pin aria-hidden="true" className={round} />
          <div className="min-w-0 flex-1">
            <Switch
              label={t`Pinned to the top`}
              isSelected={conversation.pinned_at_ms !== null}
              onChange={(on) => void model.pin(on)}
            />
          </div>
        </div>
        <div className="flex items-center gap-3 px-4 py-1">
          <Archive aria-hidden="true" className={round} />
          <div className="min-w-0 flex-1">
            <Switch label={t`Archived`} isSelected={conversation.archived} onChange={(on) => void model.archive(on)} />
          </div>
        </div>
      </Section>
      {mayManage && (
        <Section flush>
          <ListRow
            start={<Link2 aria-hidden="true" className={round} />}
            title={t`Invite by link`}
            subtitle={t`Colleagues who open it come into the group`}
            onPress={() => setOpen('link')}
            chevron
          />
        </Section>
      )}
      {!direct && !ended && <Members model={model} onProfile={setProfile} onMessage={(user) => void message(user)} />}
      {!ended && (
        <Section flush>
          {!conversation.needs_repair && conversation.state === 'active' && (
            <ListRow
              start={<ShieldCheck aria-hidden="true" className={round} />}
              title={t`Repair the conversation`}
              subtitle={t`When messages of others don’t arrive here`}
              onPress={() => setOpen('repair')}
            />
          )}
          {!direct && (
            <ListRow
              danger
              start={<LogOut aria-hidden="true" className="size-5 shrink-0 text-danger-text rtl:-scale-x-100" />}
              title={t`Leave the group`}
              onPress={() => setOpen('leave')}
            />
          )}
        </Section>
      )}
      {open === 'audience' && <AudienceDialog model={model} onClose={close} />}
      {open === 'encryption' && <EncryptionDialog model={model} onSafetyNumber={onSafetyNumber} onClose={close} />}
      {open === 'disappearing' && <DisappearingDialog model={model} onClose={close} />}
      {open === 'edit' && <EditGroup model={model} onClose={close} />}
      {open === 'add' && (
        <AddPeople engine={engine} group={group} members={members.map((member) => member.user)} onClose={close} />
      )}
      {open === 'link' && (
        <Suspense>
          <GroupLinkDialog engine={engine} group={group} onClose={close} />
        </Suspense>
      )}
      {profile && (
        <PersonProfile
          engine={engine}
          person={profile}
          onOpen={onOpen}
          onSafetyNumber={onSafetyNumber}
          onClose={() => setProfile(undefined)}
        />
      )}
      <Confirm
        title={t`Leave “${title}”?`}
        confirm={t`Leave`}
        isOpen={open === 'leave'}
        isPending={busy === 'leave'}
        onConfirm={() => {
          void model.leave().then((left) => {
            if (!left) return;
            close();
            onClose();
          });
        }}
        onCancel={close}
      >
        <p>{t`You read nothing that is written from then on. What you have stays on this device.`}</p>
        {succession === 'successor' && (
          <p className="mt-2 font-medium text-text">
            {t`You are the only admin: who has been here longest becomes admin. To choose somebody else, make them admin first.`}
          </p>
        )}
        {succession === 'last' && (
          <p className="mt-2 font-medium text-text">{t`You are the last one here: nobody can come back to this group.`}</p>
        )}
        {succession === 'admins' && <p className="mt-2">{t`The other admins go on looking after the group.`}</p>}
        {error !== undefined && open === 'leave' && <p className="mt-2 text-danger-text">{error}</p>}
      </Confirm>
      <RepairDialog
        engine={engine}
        group={conversation.group}
        isOpen={open === 'repair'}
        onClose={() => {
          close();
          void model.load();
        }}
      />
    </div>
  );
}
