import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useApp } from '../../app/context';
import { formatBytes } from '../../app/format';
import { useModel } from '../../app/use-model';
import { StorageUseModel } from '../../models/storage-use';
import { Banner, Button, Confirm, PanePage, Progress, Section } from '../../ui';
import { ProblemBanner } from '../problem-text';

export function StoragePage() {
  const { t, i18n } = useLingui();
  const { engine } = useApp();
  const [model] = useState(() => new StorageUseModel(engine));
  const { usedBytes, quotaBytes, persisted, refused, problem } = useModel(model);
  const [asking, setAsking] = useState(false);
  const size = (bytes: number) => formatBytes(i18n.locale, bytes);
  return (
    <PanePage title={t`Storage`} back="/settings" backOnPhoneOnly>
      <ProblemBanner problem={problem} onRetry={() => void model.refresh()} />
      <Section title={t`On this device`}>
        <Progress
          label={t`Messages and files, encrypted`}
          value={usedBytes !== undefined && quotaBytes ? usedBytes / quotaBytes : 0}
          detail={
            usedBytes === undefined || quotaBytes === undefined ? '' : t`${size(usedBytes)} of ${size(quotaBytes)}`
          }
        />
      </Section>
      {persisted === true && <Banner tone="success">{t`The browser keeps this data until you erase it.`}</Banner>}
      {persisted === false && (
        <Banner
          tone="warning"
          title={t`The browser may delete this data when space runs out`}
          action={!refused && <Button onPress={() => void model.persist()}>{t`Keep it`}</Button>}
        >
          {refused
            ? t`It refused to keep it for good. Installing Chancery as an app, or allowing notifications, usually changes that.`
            : t`Ask it to keep the data for good.`}
        </Banner>
      )}
      <Section description={t`For a borrowed computer, or before you give this device away.`}>
        <Button variant="danger-quiet" wide onPress={() => setAsking(true)}>
          {t`Erase Chancery on this browser`}
        </Button>
      </Section>
      <Confirm
        title={t`Erase Chancery on this browser?`}
        confirm={t`Erase`}
        isOpen={asking}
        onCancel={() => setAsking(false)}
        onConfirm={() => void model.erase().finally(() => setAsking(false))}
      >
        {t`Messages, files and keys on this browser are destroyed. Your other devices keep theirs. Without another device nothing comes back.`}
      </Confirm>
    </PanePage>
  );
}
