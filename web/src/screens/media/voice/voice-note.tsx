import { useLingui } from '@lingui/react/macro';
import { CircleAlert, Mic, Music, Pause, Play } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import type { MessageView } from '../../../api';
import { useModel } from '../../../app/use-model';
import { cx, IconButton, Spinner } from '../../../ui';
import { useMedia } from '../context';
import { formatDuration } from '../files/format';
import { cleanName } from '../files/names';
import type { FileBody } from '../../../models/thread/shape';
import { WaveformSlider } from './waveform-view';

/** A sound file without measured loudness: an even line. */
const FLAT = [70, 70];

/** A voice note or another sound in its bubble. */
export function VoiceNote({ message, voice }: { message: MessageView & { body: FileBody }; voice: boolean }) {
  const { t, i18n } = useLingui();
  const { player } = useMedia();
  const now = useModel(player);
  const mine = now.message === message.id;
  const phase = mine ? now.phase : 'idle';
  const durationMs = (mine && now.durationMs > 0 ? now.durationMs : message.body.duration_ms) ?? 0;
  const positionMs = player.positionOf(message.id);
  const speed = i18n.number(now.speed);
  const name = cleanName(message.body.name);
  const from = message.sender_name;
  const label = voice ? t`Voice message from ${from}` : name;
  const broken = phase === 'failed' || phase === 'refused';
  return (
    <div className="flex w-72 max-w-full flex-col gap-1">
      {!voice && (
        <span className="flex min-w-0 items-center gap-1.5 text-sm font-medium">
          <Music aria-hidden="true" className="size-4 shrink-0" />
          <span className="truncate" dir="auto">
            {name}
          </span>
        </span>
      )}
      <div className="flex items-center gap-2.5">
        <IconButton
          variant="primary"
          label={phase === 'playing' ? t`Pause` : phase === 'loading' ? t`Cancel` : t`Play`}
          onPress={() => void player.toggle(message)}
        >
          {phase === 'loading' ? (
            <Spinner size="sm" />
          ) : phase === 'playing' ? (
            <Pause aria-hidden="true" className="size-5 fill-current" strokeWidth={0} />
          ) : (
            <Play aria-hidden="true" className="ms-0.5 size-5 fill-current" strokeWidth={0} />
          )}
        </IconButton>
        <div className="min-w-0 flex-1">
          <WaveformSlider
            label={label}
            waveform={message.body.waveform ?? FLAT}
            positionMs={positionMs}
            durationMs={durationMs}
            onSeek={(place) => player.seek(message, place)}
          />
        </div>
        <AriaButton
          aria-label={t`Speed: ${speed} times`}
          onPress={() => player.cycleSpeed()}
          className={cx(
            'flex h-11 w-11 shrink-0 items-center justify-center text-xs font-semibold tabular-nums pointer-fine:h-8',
            'rounded-full outline-none focus-ring:outline-2 focus-ring:outline-focus',
            !(phase === 'playing' || phase === 'paused') && 'hidden',
          )}
        >
          <span className="rounded-full bg-current/12 px-2 py-1">{speed}×</span>
        </AriaButton>
        {voice && !(phase === 'playing' || phase === 'paused') && (
          <span className="flex w-11 shrink-0 justify-center opacity-70">
            <Mic aria-hidden="true" className="size-4.5" />
          </span>
        )}
      </div>
      <span className="ps-13.5 text-xs tabular-nums opacity-80">
        {formatDuration(positionMs > 0 ? positionMs : durationMs)}
        {positionMs > 0 && ` / ${formatDuration(durationMs)}`}
      </span>
      {broken && (
        <span role="status" className="flex items-center gap-1.5 text-sm text-danger-text">
          <CircleAlert aria-hidden="true" className="size-4 shrink-0" />
          {phase === 'refused' ? t`This is not a sound file.` : t`It can’t be played. Try again later.`}
        </span>
      )}
    </div>
  );
}
