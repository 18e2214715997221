import { useLingui } from '@lingui/react/macro';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { ListRow, PanePage, Section, Skeleton } from '../../ui';
import { PictureButton } from './picture-button';

export function ProfilePage() {
  const { t } = useLingui();
  const { session } = useApp();
  const { account } = useModel(session);
  return (
    <PanePage title={t`Profile`} back="/settings" backOnPhoneOnly>
      <div className="flex flex-col items-center gap-2 py-2">
        {account ? <PictureButton user={account.user} name={account.name} /> : <Skeleton round className="size-28" />}
      </div>
      <Section
        flush
        description={t`Your name comes from your organisation, so that colleagues can rely on it. If it is wrong, tell your administrator.`}
      >
        <ListRow title={account?.name} subtitle={t`Name`} />
        <ListRow title={<span className="break-all">{account?.user}</span>} subtitle={t`Your address in Chancery`} />
        <ListRow title={account?.organisation} subtitle={t`Organisation`} />
      </Section>
      <p className="px-1 text-sm text-muted">{t`People you write with see your picture; the server doesn’t.`}</p>
    </PanePage>
  );
}
