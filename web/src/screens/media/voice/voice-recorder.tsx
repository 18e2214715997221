import { useLingui } from '@lingui/react/macro';
import { ChevronLeft, Lock, LockOpen, Mic, Pause, Play, SendHorizontal, Square, Trash2 } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react';
import { useModel } from '../../../app/use-model';
import type { Engine } from '../../../engine/engine';
import { Banner, Button, cx, IconButton, Spinner, Tooltip } from '../../../ui';
import { formatDuration } from '../files/format';
import { recordMicrophone } from './microphone';
import { RecorderModel, RECORDING_MS_MAX, type MicrophoneProblem, type StartRecording } from './recorder-model';
import { WaveformSlider } from './waveform-view';

/** A finger that moved this far to the side throws the recording away; this far up locks it. */
const CANCEL_PX = 110;
const LOCK_PX = 70;
/** A shorter touch is a tap: the recording goes on without the finger. */
const TAP_MS = 350;
/** When so little is left, it is said. */
const WARN_MS = 60_000;

export interface VoiceRecorderProps {
  engine: Engine;
  group: string;
  replyTo?: string | undefined;
  /** True while the recorder takes the place of the composer's row. */
  onActive: (active: boolean) => void;
  onSent?: () => void;
  startRecording?: StartRecording;
}

/**
 * The microphone of the composer. At rest a button; held with a finger it records until it is let go (to the side: cancel, up:
 * lock); a click or Enter records until it is stopped. While it records, it is a row over the whole width.
 */
export function VoiceRecorder({ engine, group, replyTo, onActive, onSent, startRecording }: VoiceRecorderProps) {
  const { t } = useLingui();
  const model = useMemo(
    () => new RecorderModel(engine, group, startRecording ?? recordMicrophone),
    [engine, group, startRecording],
  );
  const state = useModel(model);
  const [held, setHeld] = useState(false);
  const [slide, setSlide] = useState({ x: 0, y: 0 });
  const hold = useRef<{ x: number; y: number; at: number; id: number } | undefined>(undefined);
  const active = state.phase !== 'idle';
  useEffect(() => {
    onActive(active);
  }, [active, onActive]);
  useEffect(() => () => model.cancel(), [model]);

  const send = () => {
    void model.send(replyTo).then((sent) => {
      if (sent) onSent?.();
    });
  };
  const letGo = () => {
    hold.current = undefined;
    setHeld(false);
    setSlide({ x: 0, y: 0 });
  };
  const touch = {
    onPointerDown: (event: PointerEvent<HTMLButtonElement>) => {
      if (event.pointerType === 'mouse') return;
      event.currentTarget.setPointerCapture(event.pointerId);
      hold.current = { x: event.clientX, y: event.clientY, at: event.timeStamp, id: event.pointerId };
      setHeld(true);
      void model.start();
    },
    onPointerMove: (event: PointerEvent<HTMLButtonElement>) => {
      const from = hold.current;
      if (from?.id !== event.pointerId) return;
      const rtl = document.documentElement.dir === 'rtl';
      const x = Math.max(0, (from.x - event.clientX) * (rtl ? -1 : 1));
      const y = Math.max(0, from.y - event.clientY);
      setSlide({ x, y });
      if (x > CANCEL_PX) {
        letGo();
        model.cancel();
      } else if (y > LOCK_PX) letGo();
    },
    onPointerUp: (event: PointerEvent<HTMLButtonElement>) => {
      const from = hold.current;
      if (from?.id !== event.pointerId) return;
      letGo();
      if (event.timeStamp - from.at > TAP_MS) send();
    },
    onPointerCancel: letGo,
    onClick: () => {
      // After a touch the click comes too; then the recording runs already.
      if (model.getSnapshot().phase === 'idle' && !hold.current) void model.start();
    },
    onContextMenu: (event: { preventDefault: () => void }) => event.preventDefault(),
  };
  const time = formatDuration(state.ms);
  const left = RECORDING_MS_MAX - state.ms;
  const remaining = formatDuration(left);
  const recording = state.phase === 'recording' || state.phase === 'paused';
  if (state.phase === 'failed')
    return (
      <MicrophoneHelp
        problem={state.problem}
        onRetry={() => {
          letGo();
          void model.start();
        }}
        onClose={() => {
          letGo();
          model.cancel();
        }}
      />
    );
  return (
    <div className={cx('flex min-w-0 flex-col gap-2', active && 'w-full')}>
      {'error' in state && (
        <Banner tone="danger" live="alert">
          {state.error}
        </Banner>
      )}
      <div
        {...(active ? { role: 'group', 'aria-label': t`Voice message` } : {})}
        className="relative flex min-h-11 min-w-0 items-center gap-2"
      >
        {active && !held && (
          <Tooltip text={t`Discard`}>
            <IconButton label={t`Discard`} onPress={() => model.cancel()}>
              <Trash2 aria-hidden="true" className="size-5" />
            </IconButton>
          </Tooltip>
        )}
        {(state.phase === 'preview' || state.phase === 'sending') && (
          <Preview key={state.ms} blob={state.blob} waveform={state.waveform} durationMs={state.ms} />
        )}
        {(recording || state.phase === 'asking' || state.phase === 'stopping') && (
          <>
            <span
              aria-hidden="true"
              className={cx(
                'ms-1 size-2.5 shrink-0 rounded-full bg-danger',
                state.phase === 'recording' && 'animate-shimmer',
              )}
            />
            <span role="timer" aria-label={t`Recorded: ${time}`} className="w-12 shrink-0 text-base tabular-nums">
              {time}
            </span>
            {held ? (
              <span
                className="flex min-w-0 flex-1 items-center justify-center gap-1 text-sm text-muted"
                style={{ opacity: 1 - slide.x / CANCEL_PX }}
              >
                <ChevronLeft aria-hidden="true" className="size-4 shrink-0 rtl:-scale-x-100" />
                <span className="truncate">{t`Slide to cancel`}</span>
              </span>
            ) : (
              <LiveWave levels={state.levels} still={state.phase !== 'recording'} />
            )}
          </>
        )}
        {!held && recording && (
          <>
            <Tooltip text={state.phase === 'paused' ? t`Go on` : t`Pause`}>
              <IconButton
                label={state.phase === 'paused' ? t`Go on` : t`Pause`}
                onPress={() => (state.phase === 'paused' ? model.resume() : model.pause())}
              >
                {state.phase === 'paused' ? (
                  <Mic aria-hidden="true" className="size-5" />
                ) : (
                  <Pause aria-hidden="true" className="size-5" />
                )}
              </IconButton>
            </Tooltip>
            <Tooltip text={t`Stop and listen`}>
              <IconButton label={t`Stop and listen`} onPress={() => void model.stop()}>
                <Square aria-hidden="true" className="size-4.5 fill-current" />
              </IconButton>
            </Tooltip>
          </>
        )}
        {/* The button that is held must stay the same element in the same place, or the browser ends the touch. */}
        <span key="hold" className={cx('relative', active && !held ? 'hidden' : 'flex')}>
          {held && (
            <span
              aria-hidden="true"
              className="absolute inset-x-0 bottom-14 flex flex-col items-center gap-1 rounded-full bg-raised py-3 text-muted shadow-mid"
            >
              {slide.y > LOCK_PX / 2 ? <Lock className="size-4.5" /> : <LockOpen className="size-4.5" />}
            </span>
          )}
          <button
            type="button"
            aria-label={t`Record a voice message`}
            {...touch}
            className={cx(
              'flex size-11 shrink-0 touch-none items-center justify-center rounded-full transition-[background-color,scale] select-none pointer-fine:size-10',
              held ? 'scale-125 bg-accent text-on-accent' : 'text-muted hover:bg-hover hover:text-text',
            )}
          >
            <Mic aria-hidden="true" className="size-5.5" />
          </button>
        </span>
        {active && !held && (
          <IconButton
            variant="primary"
            label={t`Send the voice message`}
            isDisabled={!recording && state.phase !== 'preview'}
            onPress={send}
            autoFocus
          >
            {state.phase === 'sending' || state.phase === 'asking' ? (
              <Spinner size="sm" />
            ) : (
              <SendHorizontal aria-hidden="true" className="size-5 rtl:-scale-x-100" />
            )}
          </IconButton>
        )}
      </div>
      {recording && left < WARN_MS && (
        <p role="status" className="text-center text-sm text-warning-text">
          {t`${remaining} left`}
        </p>
      )}
    </div>
  );
}

/** What the microphone hears, newest at the end. */
function LiveWave({ levels, still }: { levels: readonly number[]; still: boolean }) {
  return (
    <span aria-hidden="true" className="flex h-8 min-w-0 flex-1 items-center justify-end gap-0.5 overflow-hidden">
      {levels.map((level, at) => (
        <span
          key={at}
          className={cx('w-0.75 shrink-0 rounded-full', still ? 'bg-line-strong' : 'bg-accent')}
          style={{ height: `${Math.max(10, level * 100)}%` }}
        />
      ))}
    </span>
  );
}

/** Listens to a recording before it goes. */
function Preview({ blob, waveform, durationMs }: { blob: Blob; waveform: readonly number[]; durationMs: number }) {
  const { t } = useLingui();
  const [playing, setPlaying] = useState(false);
  const [positionMs, setPositionMs] = useState(0);
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    const url = URL.createObjectURL(blob);
    element.src = url;
    return () => {
      element.pause();
      element.removeAttribute('src');
      URL.revokeObjectURL(url);
    };
  }, [blob]);
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2 rounded-full bg-sunken ps-0.5 pe-3">
      {/* One's own words of a moment ago. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <audio
        ref={audio}
        onTimeUpdate={(event) => setPositionMs(event.currentTarget.currentTime * 1000)}
        onEnded={() => {
          setPlaying(false);
          setPositionMs(0);
        }}
      />
      <IconButton
        label={playing ? t`Pause` : t`Listen`}
        onPress={() => {
          const element = audio.current;
          if (!element) return;
          if (playing) element.pause();
          else void element.play();
          setPlaying(!playing);
        }}
      >
        {playing ? (
          <Pause aria-hidden="true" className="size-5" />
        ) : (
          <Play aria-hidden="true" className="size-5 fill-current" />
        )}
      </IconButton>
      <span className="min-w-0 flex-1">
        <WaveformSlider
          label={t`Position`}
          waveform={waveform}
          positionMs={positionMs}
          durationMs={durationMs}
          onSeek={(place) => {
            if (audio.current) audio.current.currentTime = place / 1000;
            setPositionMs(place);
          }}
        />
      </span>
      <span className="text-xs text-muted tabular-nums">
        {formatDuration(positionMs > 0 ? positionMs : durationMs)}
      </span>
    </span>
  );
}

/** Why there is no recording, and what to do. */
export function MicrophoneHelp({
  problem,
  onRetry,
  onClose,
}: {
  problem: MicrophoneProblem;
  onRetry: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const text = {
    denied: t`The browser may not use the microphone. Allow it beside the address bar, in the site’s settings, then try again.`,
    missing: t`No microphone was found. Connect one and try again.`,
    busy: t`The microphone didn’t start. Another program may be using it.`,
    unsupported: t`This browser can’t record sound here. You can attach a recording as a file.`,
    lost: t`The microphone was disconnected.`,
  }[problem];
  return (
    <Banner
      tone="warning"
      title={t`No recording`}
      live="alert"
      action={
        <span className="flex gap-2">
          <Button onPress={onClose}>{t`Close`}</Button>
          {problem !== 'unsupported' && <Button variant="primary" onPress={onRetry}>{t`Try again`}</Button>}
        </span>
      }
    >
      {text}
    </Banner>
  );
}
