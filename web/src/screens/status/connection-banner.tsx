import { CloudOff, RefreshCw, WifiOff } from 'lucide-react';
import { Plural, useLingui } from '@lingui/react/macro';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { Banner } from '../../ui';

/** One line when the connection is away for a while. Its live region is always there, so that it is read out. */
export function ConnectionBanner() {
  const { t } = useLingui();
  const { session } = useApp();
  const { notice, waiting } = useModel(session);
  const queued = waiting > 0 && <Plural value={waiting} one="# message waits." other="# messages wait." />;
  return (
    <div role="status">
      {notice === 'offline' && (
        <Banner tone="warning" flush icon={<WifiOff aria-hidden="true" />}>
          {t`No network. You can read and write; it goes out later.`} {queued}
        </Banner>
      )}
      {notice === 'relay-down' && (
        <Banner tone="warning" flush icon={<CloudOff aria-hidden="true" />}>
          {t`Your organisation’s server can’t be reached. Chancery keeps trying.`} {queued}
        </Banner>
      )}
      {notice === 'catching-up' && (
        <Banner tone="info" flush icon={<RefreshCw aria-hidden="true" className="animate-spin" />}>
          {t`Getting what you missed …`}
        </Banner>
      )}
    </div>
  );
}
