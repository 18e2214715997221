import { useLingui } from '@lingui/react/macro';
import { regional } from '../../app/regional';
import { useApp } from '../../app/context';
import { LOCALES } from '../../app/locale';
import { useModel } from '../../app/use-model';
import { PanePage, RadioGroup, Section } from '../../ui';

export function LanguagePage() {
  const { t, i18n } = useLingui();
  const { preferences, now } = useApp();
  const { language } = useModel(preferences);
  const sample = new Intl.DateTimeFormat(regional(i18n.locale), { dateStyle: 'full', timeStyle: 'short' }).format(
    now(),
  );
  return (
    <PanePage title={t`Language`} back="/settings" backOnPhoneOnly>
      <Section description={t`Dates look like this: ${sample}`}>
        <RadioGroup
          label={t`Language`}
          hideLabel
          value={language}
          onChange={(value) => preferences.change({ language: value })}
          choices={[
            { value: 'system', label: t`As in the browser` },
            { value: 'en', label: LOCALES.en },
            { value: 'es', label: LOCALES.es },
            { value: 'fr', label: LOCALES.fr },
          ]}
        />
      </Section>
    </PanePage>
  );
}
