import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { BadgeCheck, EllipsisVertical, MessageSquare, ShieldCheck, UserMinus, UserPlus, UserRound } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { MemberView, Role } from '../../api';
import { useModel } from '../../app/use-model';
import { finds } from '../../models/folding';
import { Badge, Button, Confirm, IconButton, Menu, MenuItem, MenuSeparator, MenuTrigger, SearchField } from '../../ui';
import type { InfoModel } from '../info/info-model';
import { KindBadge } from '../new/people-list';
import { Face } from '../new/picture';
import { AddPeople } from './add-people';

/** More members than this: a field to search among them. */
const SEARCHED_FROM = 10;
/** So many are shown before the rest is asked for. */
const SHOWN_MAX = 50;

/** Members of a group with their roles; admins change them here. */
export function Members({
  model,
  onProfile,
  onMessage,
}: {
  model: InfoModel;
  onProfile: (member: MemberView) => void;
  onMessage: (user: string) => void;
}) {
  const { t } = useLingui();
  const { members, account, busy } = useModel(model);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<MemberView>();
  const [query, setQuery] = useState('');
  const [all, setAll] = useState(false);
  const count = members.length;
  const found = members.filter((member) => finds(query.trim(), `${member.name} ${member.user}`));
  const shown = all ? found : found.slice(0, SHOWN_MAX);
  const { mayManage } = model;
  const name = removing?.name ?? '';
  return (
    <section className="flex flex-col gap-2" aria-label={t`Members`}>
      <div className="flex items-center justify-between px-1">
        <h2 className="text-sm font-semibold text-muted">
          {t`${plural(count, { one: '# member', other: '# members' })}`}
        </h2>
      </div>
      <div className="overflow-hidden rounded-lg bg-surface inset-ring inset-ring-line">
        {count >= SEARCHED_FROM && (
          <div className="p-3 pb-1">
            <SearchField label={t`Search members`} value={query} onChange={setQuery} />
          </div>
        )}
        {mayManage && query === '' && (
          <AriaButton
            onPress={() => setAdding(true)}
            className="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-start font-medium text-accent-text outline-none hovered:bg-hover pressed:bg-pressed focus-ring:outline-2 focus-ring:-outline-offset-2 focus-ring:outline-focus"
          >
            <span className="flex size-10 items-center justify-center rounded-full bg-accent-soft text-on-accent-soft">
              <UserPlus aria-hidden="true" className="size-5" />
            </span>
            {t`Add people`}
          </AriaButton>
        )}
        <ul>
          {shown.map((member) => (
            <MemberRow
              key={member.user}
              model={model}
              member={member}
              isMe={member.user === account?.user}
              onProfile={() => onProfile(member)}
              onMessage={() => onMessage(member.user)}
              onRemove={() => setRemoving(member)}
            />
          ))}
        </ul>
        {found.length === 0 && (
          <p className="px-4 py-6 text-center text-sm text-muted">{t`Nobody by that name is here.`}</p>
        )}
        {found.length > shown.length && (
          <Button variant="quiet" wide className="rounded-none" onPress={() => setAll(true)}>
            {t`Show all`}
          </Button>
        )}
      </div>
      {adding && (
        <AddPeople
          engine={model.engine}
          group={model.group}
          members={members.map((member) => member.user)}
          onClose={() => setAdding(false)}
        />
      )}
      <Confirm
        title={t`Remove ${name}?`}
        confirm={t`Remove`}
        isOpen={removing !== undefined}
        isPending={busy === 'remove_users'}
        onConfirm={() => {
          if (removing) void model.remove(removing.user).then(() => setRemoving(undefined));
        }}
        onCancel={() => setRemoving(undefined)}
      >
        {t`${name} reads nothing that is written from then on. What they have already stays on their devices. Everybody sees that you removed them.`}
      </Confirm>
    </section>
  );
}

function MemberRow({
  model,
  member,
  isMe,
  onProfile,
  onMessage,
  onRemove,
}: {
  model: InfoModel;
  member: MemberView;
  isMe: boolean;
  onProfile: () => void;
  onMessage: () => void;
  onRemove: () => void;
}) {
  const { t } = useLingui();
  const { name, role, kind, user } = member;
  const { mayManage } = model;
  const person = kind !== 'recorder' && kind !== 'bot';
  const badge = role === 'admin' ? t`Admin` : role === 'reader' ? t`Reader` : undefined;
  const content = (
    <>
      <Face engine={model.engine} of={{ user }} hash={member.picture} name={name} size="md" />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-1.5">
          <span className="truncate text-base" dir="auto">
            {isMe ? t`You` : name}
          </span>
          {member.verified && (
            <BadgeCheck aria-label={t`Verified`} role="img" className="size-4 shrink-0 text-success-text" />
          )}
          <KindBadge kind={kind} />
        </span>
        <span className="block truncate text-sm text-muted">{kind === null ? t`Invited; no device yet` : user}</span>
      </span>
      {badge !== undefined && <Badge tone={role === 'admin' ? 'accent' : 'neutral'}>{badge}</Badge>}
    </>
  );
  return (
    <li className="flex items-center">
      {isMe || !person ? (
        <div className="flex min-h-14 min-w-0 flex-1 items-center gap-3 py-2 ps-4 pe-2">{content}</div>
      ) : (
        <AriaButton
          onPress={onProfile}
          className="flex min-h-14 min-w-0 flex-1 items-center gap-3 py-2 ps-4 pe-2 text-start outline-none hovered:bg-hover pressed:bg-pressed focus-ring:outline-2 focus-ring:-outline-offset-2 focus-ring:outline-focus"
        >
          {content}
        </AriaButton>
      )}
      <span className="flex w-12 shrink-0 justify-center">
        {!isMe && person && (
          <MenuTrigger>
            <IconButton label={t`More about ${name}`} size="sm">
              <EllipsisVertical aria-hidden="true" className="size-4.5" />
            </IconButton>
            <Menu
              onAction={(key) => {
                if (key === 'profile') onProfile();
                else if (key === 'message') onMessage();
                else if (key === 'remove') onRemove();
                else void model.setRole(user, key as Role);
              }}
            >
              <MenuItem id="profile" icon={<UserRound />}>{t`Profile`}</MenuItem>
              <MenuItem id="message" icon={<MessageSquare />}>{t`Message`}</MenuItem>
              {mayManage ? (
                <>
                  <MenuSeparator />
                  {role !== 'admin' && <MenuItem id="admin" icon={<ShieldCheck />}>{t`Make admin`}</MenuItem>}
                  {role !== 'member' && <MenuItem id="member" icon={<UserRound />}>{t`Make member`}</MenuItem>}
                  {role !== 'reader' && (
                    <MenuItem id="reader" icon={<UserRound />}>{t`Make reader (can’t write)`}</MenuItem>
                  )}
                  <MenuItem id="remove" danger icon={<UserMinus />}>{t`Remove from the group`}</MenuItem>
                </>
              ) : null}
            </Menu>
          </MenuTrigger>
        )}
      </span>
    </li>
  );
}
