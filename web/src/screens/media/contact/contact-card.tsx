import { useLingui } from '@lingui/react/macro';
import { Mail, MessageSquare, Phone, UserRoundPlus } from 'lucide-react';
import { useState } from 'react';
import { Avatar, Button, toasts } from '../../../ui';
import { useMedia } from '../context';
import { sentenceOf } from '../files/sentence';
import { saveBlob } from '../files/save';
import type { ContactBody } from '../../../models/thread/shape';
import { vcardOf } from './vcard';

/** Entries shown; all of them are in the saved card. */
const SHOWN_MAX = 3;

export function ContactCard({ body }: { body: ContactBody }) {
  const { t } = useLingui();
  const { engine, onOpenConversation } = useMedia();
  const [busy, setBusy] = useState(false);
  const { user, name } = body;

  const startChat = async (whom: string) => {
    setBusy(true);
    try {
      const result = await engine.command({ type: 'start_direct', user: whom });
      if (result.type === 'conversation') onOpenConversation?.(result.group);
    } catch (error) {
      toasts.show({ text: sentenceOf(error), tone: 'danger' });
    } finally {
      setBusy(false);
    }
  };
  const ways = [
    ...body.emails.map((value) => ({ value, icon: Mail })),
    ...body.phones.map((value) => ({ value, icon: Phone })),
  ].slice(0, SHOWN_MAX);
  return (
    <div className="w-72 max-w-full overflow-hidden rounded-md bg-surface text-text inset-ring inset-ring-line">
      <div className="flex items-center gap-3 p-3">
        <Avatar id={user ?? name} name={name} size="lg" />
        <div className="min-w-0 flex-1">
          <p className="truncate text-base font-medium" dir="auto">
            {name}
          </p>
          {user !== null && <p className="truncate text-sm text-muted">{user}</p>}
        </div>
      </div>
      {ways.length > 0 && (
        <ul className="flex flex-col gap-1 px-3 pb-3 text-sm text-muted">
          {ways.map(({ value, icon: Icon }, at) => (
            <li key={at} className="flex min-w-0 items-center gap-2">
              <Icon aria-hidden="true" className="size-4 shrink-0" />
              <span className="truncate" dir="auto">
                {value}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className="flex divide-x divide-line border-t border-line rtl:divide-x-reverse">
        {user !== null && onOpenConversation && (
          <Button
            variant="quiet"
            isPending={busy}
            icon={<MessageSquare aria-hidden="true" className="size-4" />}
            onPress={() => void startChat(user)}
            className="flex-1 rounded-none px-2 text-sm"
          >
            {t`Message`}
          </Button>
        )}
        <Button
          variant="quiet"
          icon={<UserRoundPlus aria-hidden="true" className="size-4" />}
          onPress={() => saveBlob(new Blob([vcardOf(body)]), `${name}.vcf`)}
          className="flex-1 rounded-none px-2 text-sm"
        >
          {t`Save contact`}
        </Button>
      </div>
    </div>
  );
}
