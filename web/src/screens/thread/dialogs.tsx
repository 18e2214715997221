import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import type { ConversationView, MemberView, MessageInfo, MessageView } from '../../api';
import { Button, Checkbox, Dialog, ListRow, SearchField, SkeletonRows } from '../../ui';
import { useChat } from '../conversations/chat';
import { Receipt } from '../conversations/preview';
import { fullTime, momentTime } from '../conversations/times';
import { Face } from '../new/picture';

/** Who has got and read a message, and when as far as it is known. */
export function InfoDialog({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const { t, i18n } = useLingui();
  const { engine, now } = useChat();
  const [info, setInfo] = useState<MessageInfo | null>();
  useEffect(() => {
    const ask = () => void engine.ask({ type: 'message_info', message: message.id }).then(setInfo, () => setInfo(null));
    ask();
    return engine.onEvent((event) => {
      if (event.type === 'marks_changed') ask();
    });
  }, [engine, message.id]);
  const parts: { title: string; state: 'read' | 'delivered' | 'sent'; people: MessageInfo['receipts'] }[] = [
    { title: t`Read by`, state: 'read', people: info?.receipts.filter((one) => one.read) ?? [] },
    {
      title: t`Delivered to`,
      state: 'delivered',
      people: info?.receipts.filter((one) => one.delivered && !one.read) ?? [],
    },
    {
      title: t`Not yet delivered to`,
      state: 'sent',
      people: info?.receipts.filter((one) => !one.delivered && !one.read) ?? [],
    },
  ];
  return (
    <Dialog title={t`Message details`} isOpen onOpenChange={(open) => !open && onClose()} size="sm">
      <p className="text-sm text-muted">{fullTime(i18n.locale, message.at_ms)}</p>
      {info === undefined && <SkeletonRows rows={3} />}
      {info?.has_receipts === false && (
        <p className="mt-3 text-base text-muted">{t`In large groups it isn’t known who has read a message.`}</p>
      )}
      {info?.has_receipts === true &&
        parts
          .filter((part) => part.people.length > 0)
          .map((part) => (
            <section key={part.state} className="mt-4">
              <h3 className="flex items-center gap-1.5 text-sm font-semibold text-muted">
                <span aria-hidden="true" className="flex">
                  <Receipt state={part.state} />
                </span>
                {part.title}
              </h3>
              <ul className="-mx-4 mt-1">
                {part.people.map((one) => {
                  const at = part.state === 'read' ? one.read_at_ms : one.delivered_at_ms;
                  return (
                    <li key={one.user}>
                      <ListRow
                        start={
                          <Face engine={engine} of={{ user: one.user }} hash={one.picture} name={one.name} size="md" />
                        }
                        title={<bdi>{one.name}</bdi>}
                        {...(at === null ? {} : { subtitle: momentTime(i18n.locale, at, now()) })}
                      />
                    </li>
                  );
                })}
              </ul>
            </section>
          ))}
    </Dialog>
  );
}

/** Who reacted with what. */
export function ReactionsDialog({
  message,
  members,
  me,
  onToggle,
  onClose,
}: {
  message: MessageView;
  members: readonly MemberView[];
  me: string | null;
  onToggle: (emoji: string) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const { engine } = useChat();
  const of = (user: string) => members.find((member) => member.user === user);
  return (
    <Dialog title={t`Reactions`} isOpen onOpenChange={(open) => !open && onClose()} size="sm">
      <ul className="-mx-4">
        {message.reactions.flatMap(([emoji, users]) =>
          users.map((user) => {
            const name = of(user)?.name ?? user;
            return (
              <li key={`${emoji} ${user}`}>
                <ListRow
                  start={<Face engine={engine} of={{ user }} hash={of(user)?.picture} name={name} size="md" />}
                  title={<bdi>{user === me ? t`You` : name}</bdi>}
                  {...(user === me ? { subtitle: t`Press to remove`, onPress: () => onToggle(emoji) } : {})}
                  end={<span className="text-xl">{emoji}</span>}
                />
              </li>
            );
          }),
        )}
      </ul>
    </Dialog>
  );
}

/** More conversations at once would be a mailing. */
const TARGETS_MAX = 20;

/** Where messages go on to. */
export function ForwardDialog({
  count,
  onForward,
  onClose,
}: {
  count: number;
  onForward: (groups: readonly string[]) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const { list, engine } = useChat();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<readonly ConversationView[]>([]);
  const choices = list.choices(query).filter((view) => view.state === 'active');
  const names = chosen.map((view) => view.title).join(', ');
  return (
    <Dialog
      title={count === 1 ? t`Forward message` : t`Forward messages`}
      isOpen
      onOpenChange={(open) => !open && onClose()}
      actions={
        <>
          <p className="min-w-0 flex-1 self-center truncate text-sm text-muted max-md:hidden">{names}</p>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={chosen.length === 0}
            onPress={() => onForward(chosen.map((view) => view.group))}
          >
            {t`Forward`}
          </Button>
        </>
      }
    >
      <div className="sticky top-0 z-10 bg-raised pb-2">
        <SearchField label={t`Search conversations`} value={query} onChange={setQuery} autoFocus />
      </div>
      <ul aria-label={t`Conversations`}>
        {choices.slice(0, 100).map((view) => {
          const on = chosen.some((one) => one.group === view.group);
          return (
            <li key={view.group}>
              <Checkbox
                isSelected={on}
                isDisabled={!on && chosen.length >= TARGETS_MAX}
                onChange={() => setChosen(on ? chosen.filter((one) => one.group !== view.group) : [...chosen, view])}
                label={
                  <span className="flex items-center gap-3">
                    <Face
                      engine={engine}
                      size="md"
                      of={view.kind === 'direct' && view.peer !== null ? { user: view.peer } : { group: view.group }}
                      hash={view.picture}
                      name={view.title}
                    />
                    <bdi className="truncate">{view.title}</bdi>
                  </span>
                }
              />
            </li>
          );
        })}
      </ul>
      {choices.length === 0 && <p className="py-6 text-center text-base text-muted">{t`Nothing found`}</p>}
    </Dialog>
  );
}
