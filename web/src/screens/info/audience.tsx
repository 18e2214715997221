import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Bot, Eye, FileClock, Globe, MonitorSmartphone, ShieldCheck, Timer, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Audience, MemberView } from '../../api';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import { Dialog } from '../../ui';
import { formatBytes } from '../media/files/format';
import { Face } from '../new/picture';
import { useDurationText } from './disappearing-dialog';
import type { InfoModel } from './info-model';

/** Who can read a conversation, in one line. */
export function useAudienceLine(): (audience: Audience) => string {
  const { t } = useLingui();
  return ({ members, outsiders, bots, recorders }) => {
    const parts = [
      t`${plural(members, { one: '# member', other: '# members' })}`,
      outsiders.length === 0
        ? t`nobody from outside`
        : t`${plural(outsiders.length, { one: '# from outside', other: '# from outside' })}`,
      ...(bots.length === 0 ? [] : [t`${plural(bots.length, { one: '# bot', other: '# bots' })}`]),
      recorders.length === 0 ? t`no recorder` : t`the organisation’s recorder`,
    ];
    return parts.join(' · ');
  };
}

function Fact({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex gap-3">
      <span className="mt-0.5 flex shrink-0 text-accent-text [&>svg]:size-5">{icon}</span>
      <div className="min-w-0 flex-1">
        <p className="text-base font-medium text-text">{title}</p>
        {children !== undefined && <div className="text-sm text-muted">{children}</div>}
      </div>
    </div>
  );
}

function People({ engine, people }: { engine: Engine; people: readonly MemberView[] }) {
  return (
    <ul className="mt-2 flex flex-col gap-2">
      {people.map((person) => (
        <li key={person.user} className="flex items-center gap-2">
          <Face engine={engine} of={{ user: person.user }} hash={person.picture} name={person.name} size="sm" />
          <span className="min-w-0">
            <span className="block truncate text-text" dir="auto">
              {person.name}
            </span>
            <span className="block truncate text-xs">{person.user}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Everybody who can read, and what the organisation has decided. */
export function AudienceDialog({ model, onClose }: { model: InfoModel; onClose: () => void }) {
  const { t } = useLingui();
  const { audience, policy, account } = useModel(model);
  const text = useDurationText();
  if (!audience) return null;
  const { members, outsiders, bots, recorders, devices, message_seconds: seconds } = audience;
  const organisation = account?.organisation ?? '';
  const version = policy?.version ?? 0;
  const size = formatBytes(policy?.file_max_bytes ?? 0);
  const days = policy?.file_days ?? 0;
  const life = seconds === null ? '' : text(seconds);
  const outside = outsiders.length;
  return (
    <Dialog
      title={t`Who can read this`}
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <div className="flex flex-col gap-5">
        <p className="text-base text-muted">
          {t`Messages are encrypted on the sender’s device. Only the devices of those named here hold a key to them; the server carries what it cannot read.`}
        </p>
        <Fact
          icon={<Users aria-hidden="true" />}
          title={t`${plural(members, { one: '# member', other: '# members' })} of ${organisation}`}
        >
          <span className="flex items-center gap-1.5">
            <MonitorSmartphone aria-hidden="true" className="size-4" />
            {t`${plural(devices, { one: 'on # device', other: 'on # devices' })}`}
          </span>
        </Fact>
        <Fact
          icon={<Globe aria-hidden="true" />}
          title={
            outside === 0
              ? t`Nobody from outside`
              : t`${plural(outside, { one: '# person from outside', other: '# people from outside' })}`
          }
        >
          {outside === 0 ? undefined : <People engine={model.engine} people={outsiders} />}
        </Fact>
        {bots.length > 0 && (
          <Fact icon={<Bot aria-hidden="true" />} title={t`Programs that read along`}>
            <People engine={model.engine} people={bots} />
          </Fact>
        )}
        <Fact
          icon={<Eye aria-hidden="true" />}
          title={recorders.length === 0 ? t`No recorder` : t`A recorder of your organisation`}
        >
          {recorders.length === 0 ? (
            t`Your organisation keeps no copy of this conversation.`
          ) : (
            <>
              {t`It keeps a sealed copy, as the organisation’s policy says. It can be opened only by the procedure that the policy names.`}
              <People engine={model.engine} people={recorders} />
            </>
          )}
        </Fact>
        <Fact icon={<Timer aria-hidden="true" />} title={seconds === null ? t`Messages stay` : t`Messages disappear`}>
          {seconds === null
            ? t`They are kept on the devices until somebody deletes them.`
            : t`New messages are deleted everywhere after ${life}.`}
        </Fact>
        {policy && (
          <Fact icon={<FileClock aria-hidden="true" />} title={t`Policy of ${organisation}, version ${version}`}>
            {t`Files up to ${size}; the server forgets them ${plural(days, { one: 'after # day', other: 'after # days' })}.`}
          </Fact>
        )}
        <Fact icon={<ShieldCheck aria-hidden="true" />} title={t`This list can’t be changed in secret`}>
          {t`Whoever comes or goes is announced in the conversation, and every device checks it.`}
        </Fact>
      </div>
    </Dialog>
  );
}
