import { Fingerprint, KeyRound } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState, type SubmitEvent } from 'react';
import { useApp } from '../app/context';
import type { Lock } from '../engine/engine';
import { PIN_DIGITS_MIN, pinProblem } from '../models/pin';
import type { Problem } from '../models/problem';
import { Button, PinField } from '../ui';
import { ProblemBanner, useProblemText } from './problem-text';

export interface NewLockProps {
  /** Undefined while that is found out. */
  passkey: boolean | undefined;
  busy: boolean;
  problem?: Problem | undefined;
  submit: string;
  onLock: (lock: Lock) => void;
}

/** Chooses what opens Chancery on this device: a passkey where there is one, else a PIN. */
export function NewLock({ passkey, busy, problem, submit, onLock }: NewLockProps) {
  const { t } = useLingui();
  const [wantsPin, setWantsPin] = useState(false);
  if (passkey === true && !wantsPin)
    return (
      <div className="flex flex-col gap-4">
        <ProblemBanner problem={problem} />
        <div className="flex items-start gap-3 rounded-lg bg-sunken p-4">
          <Fingerprint aria-hidden="true" className="size-6 shrink-0 text-accent-text" />
          <p className="text-base">{t`Open Chancery the way you unlock this device: fingerprint, face or screen lock. Nothing to remember.`}</p>
        </div>
        <Button
          variant="primary"
          wide
          isPending={busy}
          icon={<KeyRound aria-hidden="true" className="size-5" />}
          onPress={() => onLock({ passkey: true })}
        >
          {t`Use a passkey`}
        </Button>
        <Button variant="quiet" wide isDisabled={busy} onPress={() => setWantsPin(true)}>
          {t`Use a PIN instead`}
        </Button>
      </div>
    );
  return (
    <NewPin
      busy={busy}
      problem={problem}
      submit={submit}
      onPin={(pin) => onLock({ pin })}
      {...(passkey === true ? { onBack: () => setWantsPin(false) } : {})}
    />
  );
}

interface NewPinProps {
  busy: boolean;
  problem?: Problem | undefined;
  submit: string;
  onPin: (pin: string) => void;
  onBack?: () => void;
}

export function NewPin({ busy, problem, submit, onPin, onBack }: NewPinProps) {
  const { t, i18n } = useLingui();
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const [shown, setShown] = useState<{ pin?: string; again?: string }>({});

  const send = (event: SubmitEvent) => {
    event.preventDefault();
    const weak = pinProblem(pin);
    if (weak) {
      setShown({ pin: i18n._(weak) });
      return;
    }
    if (pin !== again) {
      setShown({ again: t`The two PINs differ.` });
      return;
    }
    setShown({});
    onPin(pin);
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4">
      <ProblemBanner problem={problem} />
      <PinField
        label={t`New PIN`}
        description={t`At least ${PIN_DIGITS_MIN} digits. It stays on this device.`}
        error={shown.pin}
        value={pin}
        onChange={(value) => {
          setPin(value);
          setShown({});
        }}
        isNew
        autoFocus
      />
      <PinField label={t`The same PIN again`} error={shown.again} value={again} onChange={setAgain} isNew />
      <Button type="submit" variant="primary" wide isPending={busy}>
        {submit}
      </Button>
      {onBack && (
        <Button variant="quiet" wide isDisabled={busy} onPress={onBack}>
          {t`Use a passkey instead`}
        </Button>
      )}
    </form>
  );
}

export interface ProveLockProps {
  methods: readonly ('passkey' | 'pin')[];
  busy: boolean;
  problem?: Problem | undefined;
  attemptsLeft?: number | undefined;
  /** No PIN is taken before; milliseconds since 1970. */
  notBefore?: number | undefined;
  submit: string;
  onLock: (lock: Lock) => void;
}

/** Asks for the passkey or PIN that was chosen. */
/** Whole seconds until then; 0 when it is over. */
function useSecondsUntil(time: number | undefined): number {
  const { now } = useApp();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const count = () => setSeconds(time === undefined ? 0 : Math.max(0, Math.ceil((time - now()) / 1000)));
    const first = setTimeout(count);
    const timer = time === undefined ? undefined : setInterval(count, 1000);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [time, now]);
  return seconds;
}

export function ProveLock({ methods, busy, problem, attemptsLeft, notBefore, submit, onLock }: ProveLockProps) {
  const { t, i18n } = useLingui();
  const [pin, setPin] = useState('');
  const text = useProblemText(problem);
  const seconds = useSecondsUntil(notBefore);
  const minutes = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const byPin = methods.includes('pin');
  const byPasskey = methods.includes('passkey');
  const wait = seconds > 0 ? t`Too many wrong PINs. Next try in ${minutes}.` : undefined;
  const left =
    attemptsLeft !== undefined && attemptsLeft < 5 ? t`Attempts left: ${i18n.number(attemptsLeft)}` : undefined;
  return (
    <div className="flex flex-col gap-4">
      {(!byPin || (problem?.code !== 'wrong_pin' && !(problem?.code === 'wait' && notBefore !== undefined))) && (
        <ProblemBanner problem={problem} />
      )}
      {byPasskey && (
        <Button
          variant="primary"
          wide
          isPending={busy && !byPin}
          icon={<Fingerprint aria-hidden="true" className="size-5" />}
          onPress={() => onLock({ passkey: true })}
        >
          {t`Use your passkey`}
        </Button>
      )}
      {byPin && (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (pin.length < PIN_DIGITS_MIN || wait !== undefined) return;
            onLock({ pin });
            setPin('');
          }}
        >
          <PinField
            label={t`PIN`}
            value={pin}
            onChange={setPin}
            error={wait ?? (problem?.code === 'wrong_pin' ? [text, left].filter(Boolean).join(' ') : undefined)}
            description={left}
            autoFocus={!byPasskey}
          />
          <Button
            type="submit"
            variant={byPasskey ? 'secondary' : 'primary'}
            wide
            isPending={busy}
            isDisabled={pin.length < PIN_DIGITS_MIN || wait !== undefined}
          >
            {submit}
          </Button>
        </form>
      )}
    </div>
  );
}
