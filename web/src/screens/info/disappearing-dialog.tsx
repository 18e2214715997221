import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useModel } from '../../app/use-model';
import { Banner, Button, Dialog, RadioGroup, Select, TextField } from '../../ui';
import { customSeconds, inUnits, PRESETS_S, type Unit } from './disappearing';
import type { InfoModel } from './info-model';

/** "4 weeks" in the reader's language. */
export function useDurationText(): (seconds: number) => string {
  const { i18n } = useLingui();
  return (seconds) => {
    const { value, unit } = inUnits(seconds);
    return i18n.number(value, { style: 'unit', unit, unitDisplay: 'long' });
  };
}

/** How long new messages of a conversation live. */
export function DisappearingDialog({ model, onClose }: { model: InfoModel; onClose: () => void }) {
  const { t } = useLingui();
  const { conversation, policy, busy, error } = useModel(model);
  const text = useDurationText();
  const now = conversation?.message_seconds ?? null;
  const max = policy?.message_max_seconds ?? null;
  const preset = now === null || PRESETS_S.some((seconds) => seconds === now);
  const [choice, setChoice] = useState(now === null ? 'off' : preset ? String(now) : 'custom');
  const begun = now !== null && !preset ? inUnits(now) : { value: 12, unit: 'hour' as const };
  const [amount, setAmount] = useState(String(begun.value));
  const [unit, setUnit] = useState<Unit>(begun.unit === 'minute' || begun.unit === 'second' ? 'hour' : begun.unit);
  const custom = customSeconds(amount, unit, max);
  const problem = 'problem' in custom ? custom.problem : undefined;
  const longest = text(max ?? 0);
  const isReady = choice !== 'custom' || problem === undefined;
  const save = () => {
    const seconds =
      choice === 'off' ? null : choice === 'custom' ? ('seconds' in custom ? custom.seconds : null) : Number(choice);
    void model.setDisappearing(seconds).then((done) => {
      if (done) onClose();
    });
  };
  return (
    <Dialog
      title={t`Disappearing messages`}
      size="sm"
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" isPending={busy === 'set_disappearing'} isDisabled={!isReady} onPress={save}>
            {t`Save`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {error !== undefined && (
          <Banner tone="danger" live="alert">
            {error}
          </Banner>
        )}
        <p className="text-base text-muted">
          {t`New messages are deleted on every device of everybody here after this time. Messages that are there already stay.`}
        </p>
        <RadioGroup
          label={t`Delete new messages`}
          hideLabel
          value={choice}
          onChange={setChoice}
          choices={[
            { value: 'off', label: t`Never` },
            ...PRESETS_S.map((seconds) => ({
              value: String(seconds),
              label: text(seconds),
              isDisabled: max !== null && seconds > max,
            })),
            { value: 'custom', label: t`Another time` },
          ]}
        />
        {choice === 'custom' && (
          <div className="flex items-start gap-2">
            <TextField
              label={t`After`}
              value={amount}
              onChange={setAmount}
              inputMode="numeric"
              maxLength={4}
              validationBehavior="aria"
              className="w-28"
              {...(problem === undefined
                ? {}
                : {
                    error:
                      problem === 'missing' ? t`A whole number` : max === null ? t`Too long` : t`At most ${longest}`,
                  })}
            />
            <div className="flex-1">
              <Select<Unit>
                label={t`Unit`}
                value={unit}
                onChange={setUnit}
                options={[
                  { value: 'hour', label: t`Hours` },
                  { value: 'day', label: t`Days` },
                  { value: 'week', label: t`Weeks` },
                ]}
              />
            </div>
          </div>
        )}
        {max !== null && (
          <p className="text-sm text-muted">{t`Your organisation’s policy allows at most ${longest}.`}</p>
        )}
      </div>
    </Dialog>
  );
}
