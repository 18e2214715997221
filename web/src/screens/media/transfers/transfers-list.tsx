import { useLingui } from '@lingui/react/macro';
import { ArrowDown, ArrowUp, CircleAlert, CircleCheck, Pause, Play, RotateCw, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { Button as AriaButton, Dialog as AriaDialog, DialogTrigger } from 'react-aria-components';
import type { Engine, Transfer } from '../../../engine/engine';
import { cx, EmptyState, IconButton, Popover, Progress, ProgressRing, Tooltip } from '../../../ui';
import { formatBytes } from '../files/format';
import { cleanName } from '../files/names';
import { sentenceOf } from '../files/sentence';

export function useTransfers(engine: Engine): readonly Transfer[] {
  return useSyncExternalStore(
    (listener) => engine.onTransfers(listener),
    () => engine.transfers(),
  );
}

const share = ({ done, total }: Transfer) => (total > 0 ? Math.min(1, done / total) : undefined);

/** Files of one conversation go one after the other: whether this one waits for another, and not for the network. */
const waitsForTurn = (engine: Engine, { id, group }: Transfer) =>
  engine.transfers().some((other) => other.id !== id && other.group === group && other.state === 'running');

/** Pause, go on, try again, cancel: whatever fits the transfer's state. */
function Controls({ engine, transfer, name }: { engine: Engine; transfer: Transfer; name: string }) {
  const { t } = useLingui();
  const { id, state } = transfer;
  if (state === 'done') return null;
  return (
    <span className="flex shrink-0">
      {(state === 'running' || state === 'waiting') && (
        <Tooltip text={t`Pause`}>
          <IconButton size="sm" label={t`Pause ${name}`} onPress={() => engine.pauseTransfer(id)}>
            <Pause aria-hidden="true" className="size-4.5" />
          </IconButton>
        </Tooltip>
      )}
      {state === 'paused' && (
        <Tooltip text={t`Go on`}>
          <IconButton size="sm" label={t`Go on with ${name}`} onPress={() => engine.resumeTransfer(id)}>
            <Play aria-hidden="true" className="size-4.5" />
          </IconButton>
        </Tooltip>
      )}
      {state === 'failed' && !transfer.isLost && (
        <Tooltip text={t`Try again`}>
          <IconButton size="sm" label={t`Try again: ${name}`} onPress={() => engine.resumeTransfer(id)}>
            <RotateCw aria-hidden="true" className="size-4.5" />
          </IconButton>
        </Tooltip>
      )}
      <Tooltip text={t`Cancel`}>
        <IconButton size="sm" label={t`Cancel ${name}`} onPress={() => engine.cancelTransfer(id)}>
          <X aria-hidden="true" className="size-4.5" />
        </IconButton>
      </Tooltip>
    </span>
  );
}

export function TransferRow({ engine, transfer }: { engine: Engine; transfer: Transfer }) {
  const { t } = useLingui();
  const { state, direction } = transfer;
  const up = direction === 'up';
  const name = transfer.name === undefined ? (up ? t`File` : t`Download`) : cleanName(transfer.name);
  const done = formatBytes(transfer.done);
  const total = formatBytes(transfer.total);
  const Icon = state === 'failed' ? CircleAlert : state === 'done' ? CircleCheck : up ? ArrowUp : ArrowDown;
  const detail = {
    waiting: waitsForTurn(engine, transfer) ? t`Waiting for its turn` : t`Waiting for the network`,
    running: t`${done} of ${total}`,
    paused: t`Paused at ${done} of ${total}`,
    failed: transfer.error ? sentenceOf(transfer.error) : t`It didn’t work.`,
    done: up ? t`Sent, ${total}` : t`Fetched, ${total}`,
  }[state];
  return (
    <li className="flex items-center gap-3 py-2 ps-4 pe-2">
      <span
        className={cx(
          'flex size-9 shrink-0 items-center justify-center rounded-full',
          state === 'failed'
            ? 'bg-danger-soft text-on-danger-soft'
            : state === 'done'
              ? 'bg-success-soft text-on-success-soft'
              : 'bg-accent-soft text-on-accent-soft',
        )}
      >
        <Icon aria-hidden="true" className="size-4.5" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium" dir="auto">
          {name}
        </span>
        <span className={cx('block text-xs tabular-nums', state === 'failed' ? 'text-danger-text' : 'text-muted')}>
          {detail}
        </span>
        {(state === 'running' || state === 'paused') && (
          <span className="mt-1.5 block">
            <Progress label={name} hideLabel value={share(transfer)} />
          </span>
        )}
      </span>
      <Controls engine={engine} transfer={transfer} name={name} />
    </li>
  );
}

/** Files on their way; a button with a ring while there are any. */
export function TransfersButton({ engine }: { engine: Engine }) {
  const { t } = useLingui();
  const transfers = useTransfers(engine);
  const open = transfers.filter((transfer) => transfer.state !== 'done');
  if (open.length === 0) return null;
  const total = open.reduce((sum, transfer) => sum + transfer.total, 0);
  const done = open.reduce((sum, transfer) => sum + transfer.done, 0);
  const failed = open.some((transfer) => transfer.state === 'failed');
  const count = open.length;
  return (
    <DialogTrigger>
      <IconButton label={failed ? t`Files: ${count} on their way, one failed` : t`Files: ${count} on their way`}>
        {failed ? (
          <CircleAlert aria-hidden="true" className="size-5 text-danger-text" />
        ) : (
          <ProgressRing label={t`All files`} value={total > 0 ? done / total : undefined} size={26} />
        )}
      </IconButton>
      <Popover placement="bottom end" className="w-88 max-w-[calc(100vw-1rem)]">
        <AriaDialog aria-label={t`Files on their way`} className="outline-none">
          <TransfersPanel engine={engine} />
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}

export function TransfersPanel({ engine }: { engine: Engine }) {
  const { t } = useLingui();
  const transfers = useTransfers(engine);
  if (transfers.length === 0) return <EmptyState icon={<CircleCheck />} title={t`Nothing on its way`} />;
  return (
    <>
      <h2 className="px-4 pt-3 pb-1 text-sm font-semibold text-muted">{t`Files on their way`}</h2>
      <ul className="scroller max-h-[60dvh] divide-y divide-line pb-2">
        {transfers.map((transfer) => (
          <TransferRow key={transfer.id} engine={engine} transfer={transfer} />
        ))}
      </ul>
    </>
  );
}

/** A file on its way up, as a bubble in the thread: it becomes a message when it is there. */
export function TransferBubble({ engine, transfer }: { engine: Engine; transfer: Transfer }) {
  const { t } = useLingui();
  const { id, state } = transfer;
  const name = transfer.name === undefined ? t`File` : cleanName(transfer.name);
  const done = formatBytes(transfer.done);
  const total = formatBytes(transfer.total);
  const runs = state === 'running' || state === 'waiting';
  const lost = transfer.isLost === true;
  const Icon = lost
    ? CircleAlert
    : state === 'failed'
      ? RotateCw
      : state === 'paused'
        ? ArrowUp
        : state === 'done'
          ? CircleCheck
          : Pause;
  return (
    <div className="flex w-72 max-w-full items-center gap-3 rounded-md bg-current/5 p-2">
      <AriaButton
        aria-label={runs ? t`Pause ${name}` : state === 'failed' ? t`Try again: ${name}` : t`Go on with ${name}`}
        isDisabled={state === 'done' || lost}
        onPress={() => (runs ? engine.pauseTransfer(id) : engine.resumeTransfer(id))}
        className={cx(
          'relative flex size-11 shrink-0 items-center justify-center rounded-full outline-none focus-ring:outline-2 focus-ring:outline-focus',
          state === 'failed' ? 'bg-danger-soft text-on-danger-soft' : 'text-accent-text',
        )}
      >
        {state !== 'failed' && (
          <span className="absolute inset-0 flex">
            <ProgressRing
              label={t`Sending ${name}`}
              value={state === 'waiting' ? undefined : share(transfer)}
              size={44}
            />
          </span>
        )}
        <Icon aria-hidden="true" className="size-4.5" />
      </AriaButton>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium" dir="auto">
          {name}
        </span>
        <span className={cx('block text-xs tabular-nums', state === 'failed' ? 'text-danger-text' : 'opacity-80')}>
          {state === 'failed' && transfer.error
            ? sentenceOf(transfer.error)
            : state === 'waiting'
              ? waitsForTurn(engine, transfer)
                ? t`Waiting for its turn`
                : t`Waiting for the network`
              : state === 'paused'
                ? t`Paused at ${done} of ${total}`
                : t`${done} of ${total}`}
        </span>
      </span>
      {state !== 'done' && (
        <IconButton
          size="sm"
          label={t`Cancel ${name}`}
          onPress={() => engine.cancelTransfer(id)}
          className="text-current"
        >
          <X aria-hidden="true" className="size-4.5" />
        </IconButton>
      )}
    </div>
  );
}
