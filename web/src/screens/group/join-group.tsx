import { Clock, Link2Off, TriangleAlert, Users } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useModel } from '../../app/use-model';
import type { JoinGroupModel } from '../../models/join-group';
import { Button, EmptyState, PanePage, SkeletonRows } from '../../ui';
import { ProblemBanner } from '../problem-text';

/** A link into a group was opened: its admin is asked, and the group opens when they have let the person in. */
export function JoinGroupScreen({
  model,
  onOpen,
  onDone,
}: {
  model: JoinGroupModel;
  /** The person is in this group. */
  onOpen: (group: string) => void;
  onDone: () => void;
}) {
  const { t } = useLingui();
  const { phase, view, offline, busy, problem } = useModel(model);
  useEffect(() => {
    model.open();
    return () => model.close();
  }, [model]);
  const inside = view?.state === 'member' ? view.group : undefined;
  useEffect(() => {
    if (inside !== undefined) onOpen(inside);
  }, [inside, onOpen]);
  const admin = view?.admin_name ?? '';
  const ask = (label: string) => (
    <>
      <Button variant="primary" isPending={busy} onPress={() => void model.ask()}>
        {label}
      </Button>
      <Button onPress={onDone}>{t`Not now`}</Button>
    </>
  );
  const done = <Button onPress={onDone}>{t`Done`}</Button>;
  return (
    <PanePage title={t`Join a group`} back="/">
      <ProblemBanner problem={problem} />
      {(phase === 'loading' || inside !== undefined) && <SkeletonRows rows={2} />}
      <div aria-live="polite">
        {phase === 'nowhere' && (
          <EmptyState icon={<Link2Off aria-hidden="true" />} title={t`This link leads nowhere here`} action={done}>
            {t`It isn’t complete, or leads into a group of another organisation. Ask for it again, and copy it whole.`}
          </EmptyState>
        )}
        {view?.state === 'new' && (
          <EmptyState
            icon={<Users aria-hidden="true" />}
            title={t`Ask ${admin} to let you into this group?`}
            action={ask(t`Ask ${admin}`)}
          >
            {t`${admin} sees your name, and everybody in the group sees that you came. You read what is written from then on.`}
          </EmptyState>
        )}
        {view?.state === 'queued' && (
          <EmptyState
            icon={<Clock aria-hidden="true" />}
            title={offline ? t`${admin} is asked as soon as you are online` : t`Asking ${admin}…`}
            action={done}
          >
            {t`You can close this page; the group appears in your list.`}
          </EmptyState>
        )}
        {view?.state === 'asked' && (
          <EmptyState icon={<Clock aria-hidden="true" />} title={t`${admin} is asked`} action={done}>
            {t`One of their devices lets you in as soon as it is online. You can close this page; the group appears in your list.`}
          </EmptyState>
        )}
        {view?.state === 'refused' && (
          <EmptyState
            icon={<Link2Off aria-hidden="true" />}
            title={t`This link doesn’t work any more`}
            action={ask(t`Ask again`)}
          >
            {t`It was renewed or turned off, or ${admin} doesn’t look after the group any more. Ask ${admin} for a new one.`}
          </EmptyState>
        )}
        {view?.state === 'not_sent' && (
          <EmptyState
            icon={<TriangleAlert aria-hidden="true" />}
            title={t`${admin} could not be asked`}
            action={ask(t`Try again`)}
          >
            {t`Perhaps they don’t use Chancery any more. Ask another admin of the group for a link.`}
          </EmptyState>
        )}
      </div>
    </PanePage>
  );
}
