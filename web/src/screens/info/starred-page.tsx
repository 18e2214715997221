import { useLingui } from '@lingui/react/macro';
import { Star, StarOff } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { FoundMessage } from '../../api';
import { useModel } from '../../app/use-model';
import type { Engine } from '../../engine/engine';
import { inBackground } from '../../models/background';
import { Model } from '../../models/model';
import { Banner, EmptyState, IconButton, SkeletonRows, Tooltip } from '../../ui';
import { sentenceOf } from '../media/files/sentence';
import { MessageMedia } from '../media/message-media';
import { RichText } from '../thread/rich-text';

export interface StarredState {
  readonly list: readonly FoundMessage[] | undefined;
  readonly error: string | undefined;
}

const SHOWN_MAX = 200;
/** More than this isn't seen of a text here. */
const TEXT_CHARS = 1000;

/** Messages starred on this device, in one conversation or in all. */
export class StarredModel extends Model<StarredState> {
  #stop: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly group?: string,
  ) {
    super({ list: undefined, error: undefined });
  }

  open(): void {
    this.#stop = this.engine.onEvent((event) => {
      if (event.type === 'message' || event.type === 'message_gone') inBackground(this.load());
    });
    inBackground(this.load());
  }

  close(): void {
    this.#stop();
  }

  async load(): Promise<void> {
    const list = await this.engine.ask({
      type: 'starred',
      ...(this.group === undefined ? {} : { group: this.group }),
      limit: SHOWN_MAX,
    });
    this.set({ list });
  }

  async unstar(message: string): Promise<void> {
    try {
      await this.engine.command({ type: 'star', message, on: false });
      this.set({ list: this.getSnapshot().list?.filter((one) => one.message.id !== message), error: undefined });
    } catch (error) {
      this.set({ error: sentenceOf(error) });
    }
  }
}

export function StarredPage({
  engine,
  group,
  titleOf,
  onShowInThread,
}: {
  engine: Engine;
  group?: string;
  /** Of a conversation, where the list is of several. */
  titleOf?: (group: string) => string | undefined;
  onShowInThread?: ((message: string, group: string) => void) | undefined;
}) {
  const { t, i18n } = useLingui();
  const model = useMemo(() => new StarredModel(engine, group), [engine, group]);
  const { list, error } = useModel(model);
  useEffect(() => {
    model.open();
    return () => model.close();
  }, [model]);
  if (!list) return <SkeletonRows rows={3} />;
  if (list.length === 0)
    return (
      <EmptyState icon={<Star />} title={t`No starred messages`}>
        {t`Star a message to find it again here. Nobody else sees your stars.`}
      </EmptyState>
    );
  return (
    <>
      {error !== undefined && (
        <Banner tone="danger" flush live="alert">
          {error}
        </Banner>
      )}
      <ul className="flex flex-col gap-3 p-3">
        {list.map(({ message, group: where }) => {
          const { body, sender_name: name } = message;
          const text = body.type === 'text' ? body.text : body.type === 'file' ? body.caption : '';
          const title = titleOf?.(where);
          const when = i18n.date(new Date(message.at_ms), { dateStyle: 'medium', timeStyle: 'short' });
          return (
            <li key={message.id} className="rounded-lg bg-surface p-3 inset-ring inset-ring-line">
              <div className="flex items-center gap-1">
                <AriaButton
                  isDisabled={!onShowInThread}
                  onPress={() => onShowInThread?.(message.id, where)}
                  className="min-w-0 flex-1 rounded-sm py-1 text-start outline-none focus-ring:outline-2 focus-ring:outline-focus"
                >
                  <span className="block truncate text-sm font-semibold text-accent-text" dir="auto">
                    {name}
                  </span>
                  {title !== undefined && (
                    <span className="block truncate text-sm" dir="auto">
                      {title}
                    </span>
                  )}
                  <span className="block text-xs text-muted">{when}</span>
                  {onShowInThread && <span className="sr-only">{t`Show in the conversation`}</span>}
                </AriaButton>
                <Tooltip text={t`Take the star away`}>
                  <IconButton size="sm" label={t`Take the star away`} onPress={() => void model.unstar(message.id)}>
                    <StarOff aria-hidden="true" className="size-4.5" />
                  </IconButton>
                </Tooltip>
              </div>
              <div className="mt-1 flex flex-col gap-2">
                <MessageMedia message={message} />
                {text !== '' && (
                  <div className="line-clamp-6 text-base">
                    <RichText text={text.slice(0, TEXT_CHARS)} me={null} />
                  </div>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}
