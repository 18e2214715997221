import { useLingui } from '@lingui/react/macro';
import { ExternalLink, FileText, Image, Link2, MessageSquareText } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useModel } from '../../app/use-model';
import { Button, Confirm, EmptyState, IconButton, Spinner, Tabs, Tooltip } from '../../ui';
import { DocumentRow } from '../media/document-row';
import { shapeOf } from '../../models/thread/shape';
import { VisualTile } from '../media/photo';
import { VoiceNote } from '../media/voice/voice-note';
import type { SharedLink, SharedModel } from './shared-model';

/** Photos, files and links of a conversation. */
export function SharedPage({
  model,
  onShowInThread,
}: {
  model: SharedModel;
  onShowInThread?: ((message: string) => void) | undefined;
}) {
  const { t, i18n } = useLingui();
  const { media, files, links, loading, more } = useModel(model);
  const [leaving, setLeaving] = useState<SharedLink>();
  const host = leaving?.host ?? '';
  const months = new Map<string, typeof media>();
  for (const message of media) {
    const month = i18n.date(new Date(message.at_ms), { month: 'long', year: 'numeric' });
    months.set(month, [...(months.get(month) ?? []), message]);
  }
  const rest = (
    <div className="flex justify-center py-4">
      {loading ? (
        <span role="status" className="flex items-center gap-2 text-sm text-muted">
          <Spinner size="sm" />
          {t`Looking through older messages…`}
        </span>
      ) : (
        more && <Button onPress={() => void model.loadMore()}>{t`Look further back`}</Button>
      )}
    </div>
  );
  const place = (message: string, children: ReactNode) => (
    <li key={message} className="flex items-center gap-1">
      {children}
      {onShowInThread && (
        <Tooltip text={t`Show in the conversation`}>
          <IconButton label={t`Show in the conversation`} onPress={() => onShowInThread(message)}>
            <MessageSquareText aria-hidden="true" className="size-4.5" />
          </IconButton>
        </Tooltip>
      )}
    </li>
  );
  const nothing = (icon: ReactNode, title: string, text: string, empty: boolean) =>
    empty && !loading && !more ? (
      <EmptyState icon={icon} title={title}>
        {text}
      </EmptyState>
    ) : null;
  return (
    <>
      <Tabs
        label={t`Shared in this conversation`}
        tabs={[
          {
            id: 'media',
            label: t`Media`,
            content: (
              <div className="flex flex-col gap-3 px-2">
                {nothing(
                  <Image />,
                  t`No photos or videos yet`,
                  t`What is sent here appears in this place.`,
                  media.length === 0,
                )}
                {[...months].map(([month, list]) => (
                  <section key={month} className="flex flex-col gap-2">
                    <h2 className="px-1 text-sm font-semibold text-muted">{month}</h2>
                    <div className="grid grid-cols-3 gap-1">
                      {list.map((message) => (
                        <VisualTile key={message.id} message={message} className="relative aspect-square rounded-sm" />
                      ))}
                    </div>
                  </section>
                ))}
                {rest}
              </div>
            ),
          },
          {
            id: 'files',
            label: t`Files`,
            content: (
              <div className="px-3">
                {nothing(
                  <FileText />,
                  t`No files yet`,
                  t`Documents and sounds that are sent here appear in this place.`,
                  files.length === 0,
                )}
                <ul className="flex flex-col gap-2">
                  {files.map((message) =>
                    place(
                      message.id,
                      <div className="min-w-0 flex-1 [&>div]:w-full">
                        {shapeOf(message.body) === 'audio' ? (
                          <VoiceNote message={message} voice={false} />
                        ) : (
                          <DocumentRow message={message} />
                        )}
                      </div>,
                    ),
                  )}
                </ul>
                {rest}
              </div>
            ),
          },
          {
            id: 'links',
            label: t`Links`,
            content: (
              <div className="px-3">
                {nothing(
                  <Link2 />,
                  t`No links yet`,
                  t`Web addresses in messages appear in this place.`,
                  links.length === 0,
                )}
                <ul className="flex flex-col gap-1">
                  {links.map((link, at) => (
                    <li key={`${link.message.id}${at}`} className="flex items-center gap-3 rounded-md p-2">
                      <span className="flex size-10 shrink-0 items-center justify-center rounded-md bg-accent-soft text-on-accent-soft">
                        <Link2 aria-hidden="true" className="size-5" />
                      </span>
                      <span className="min-w-0 flex-1">
                        <span className="block truncate text-sm font-medium" dir="ltr">
                          {link.host}
                        </span>
                        <span className="block truncate text-xs text-muted" dir="ltr">
                          {link.url}
                        </span>
                        <span className="block truncate text-xs text-muted">{link.message.sender_name}</span>
                      </span>
                      <Tooltip text={t`Open the link`}>
                        <IconButton label={t`Open the link`} onPress={() => setLeaving(link)}>
                          <ExternalLink aria-hidden="true" className="size-4.5" />
                        </IconButton>
                      </Tooltip>
                      {onShowInThread && (
                        <Tooltip text={t`Show in the conversation`}>
                          <IconButton
                            label={t`Show in the conversation`}
                            onPress={() => onShowInThread(link.message.id)}
                          >
                            <MessageSquareText aria-hidden="true" className="size-4.5" />
                          </IconButton>
                        </Tooltip>
                      )}
                    </li>
                  ))}
                </ul>
                {rest}
              </div>
            ),
          },
        ]}
      />
      <Confirm
        title={t`Leave the app?`}
        confirm={t`Open the link`}
        variant="primary"
        isOpen={leaving !== undefined}
        onConfirm={() => {
          if (leaving) window.open(leaving.url, '_blank', 'noopener,noreferrer');
          setLeaving(undefined);
        }}
        onCancel={() => setLeaving(undefined)}
      >
        {t`This opens ${host} in your browser. That site learns your network address.`}
      </Confirm>
    </>
  );
}
