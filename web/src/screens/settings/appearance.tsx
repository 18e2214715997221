import { Monitor, Moon, Sun } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { PanePage, RadioGroup, Section, Segmented, Switch } from '../../ui';

export function AppearancePage() {
  const { t } = useLingui();
  const { preferences } = useApp();
  const { theme, textSize, enterSends } = useModel(preferences);
  return (
    <PanePage title={t`Appearance`} back="/settings" backOnPhoneOnly>
      <Section>
        <Segmented
          label={t`Theme`}
          value={theme}
          onChange={(value) => preferences.change({ theme: value })}
          choices={[
            { value: 'light', label: t`Light`, icon: <Sun aria-hidden="true" className="size-4" /> },
            { value: 'dark', label: t`Dark`, icon: <Moon aria-hidden="true" className="size-4" /> },
            { value: 'system', label: t`System`, icon: <Monitor aria-hidden="true" className="size-4" /> },
          ]}
        />
      </Section>
      <Section>
        <RadioGroup
          label={t`Text size`}
          value={textSize}
          onChange={(value) => preferences.change({ textSize: value })}
          choices={[
            { value: 'small', label: t`Small` },
            { value: 'normal', label: t`Normal` },
            { value: 'large', label: t`Large` },
            { value: 'largest', label: t`Largest` },
          ]}
        />
      </Section>
      <Section title={t`Writing`}>
        <Switch
          label={t`Enter sends the message`}
          description={
            enterSends
              ? t`Shift with Enter begins a new line. On a touch keyboard Enter always does.`
              : t`Enter begins a new line; Ctrl with Enter sends.`
          }
          isSelected={enterSends}
          onChange={(on) => preferences.change({ enterSends: on })}
        />
      </Section>
      <Section title={t`Preview`}>
        <div aria-hidden="true" className="flex flex-col gap-2 rounded-md bg-canvas p-4">
          <p className="max-w-[80%] self-start rounded-lg rounded-es-sm bg-bubble-other px-3 py-2 shadow-low">{t`Shall we meet at half past four?`}</p>
          <p className="max-w-[80%] self-end rounded-lg rounded-ee-sm bg-bubble-own px-3 py-2 text-on-bubble-own shadow-low">{t`Yes, in the small room.`}</p>
        </div>
      </Section>
    </PanePage>
  );
}
