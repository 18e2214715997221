import { useLingui } from '@lingui/react/macro';
import { CircleAlert, Fingerprint, TriangleAlert } from 'lucide-react';
import { Link } from 'react-aria-components';
import type { ConversationView, MemberView } from '../../api';
import { Banner } from '../../ui';
import { useChat } from '../conversations/chat';
import { nameIn, sentence } from './sentences';

/** Something is missing or was refused, or somebody cheats; the others only tell what happened. */
const tones: Record<string, 'warning' | 'danger'> = {
  identity_changed: 'warning',
  damaged: 'warning',
  behind_horizon: 'warning',
  unreadable: 'warning',
  rule_violated: 'warning',
  relay_rolled_back: 'danger',
  history_mismatch: 'danger',
  log_gap: 'danger',
  log_time: 'warning',
  replacement_refused: 'danger',
  offered: 'warning',
  forged_sender: 'danger',
  untrusted_device: 'danger',
};

export interface NoteProps {
  code: string;
  text: string;
  conversation: ConversationView | null;
  members: readonly MemberView[];
}

/** What happened in a conversation, between its messages. */
export function Note({ code, text, conversation, members }: NoteProps) {
  const { t } = useLingui();
  const { routes } = useChat();
  const words = sentence(code, text);
  const tone = tones[code];
  if (tone === undefined)
    return (
      <div className="overflow-clip px-8 py-1.5 text-center text-xs text-balance wrap-anywhere text-muted" dir="auto">
        {words}
      </div>
    );
  const changed = code === 'identity_changed';
  const name = nameIn(text);
  const called = members.filter((member) => member.name === name);
  // Two of one name: the list of members leads to each.
  const user = conversation?.peer ?? (called.length === 1 ? called[0]?.user : undefined);
  const back = encodeURIComponent(conversation ? routes.conversation(conversation.group) : routes.home);
  const Icon = changed ? Fingerprint : tone === 'danger' ? CircleAlert : TriangleAlert;
  return (
    // Of the feed that a thread is.
    <div role="article" aria-label={t`Notice`} className="mx-auto max-w-xl overflow-clip px-4 py-2">
      <Banner
        tone={tone}
        icon={<Icon aria-hidden="true" />}
        action={
          changed &&
          user !== undefined && (
            <Link
              href={`/safety/${encodeURIComponent(user)}?name=${encodeURIComponent(name ?? user)}&back=${back}`}
              className="flex min-h-11 items-center rounded-sm font-semibold underline underline-offset-2 outline-none focus-ring:outline-2 focus-ring:outline-focus pointer-fine:min-h-8"
            >{t`Compare safety number`}</Link>
          )
        }
      >
        <span className="wrap-anywhere" dir="auto">
          {words}
        </span>
      </Banner>
    </div>
  );
}
