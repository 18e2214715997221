import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { spaced } from '../../models/links';
import { Button, ListRow, Mark, PanePage, Section } from '../../ui';
import { Fingerprint } from '../join/join';
import { canInstall, install, onInstall } from '../../app/browser';
import { useSyncExternalStore } from 'react';

interface Build {
  version: string;
  hash: string;
}

const isBuild = (value: unknown): value is Build =>
  typeof value === 'object' && value !== null && 'version' in value && 'hash' in value;

/** What is in use; the hash is the one that `chancery version` prints. */
function useBuild(): Build | undefined {
  const [build, setBuild] = useState<Build>();
  useEffect(() => {
    const stop = new AbortController();
    fetch('/build.json', { signal: stop.signal })
      .then((response) => response.json())
      .then(
        (value: unknown) => {
          if (isBuild(value)) setBuild(value);
        },
        () => undefined,
      );
    return () => stop.abort();
  }, []);
  return build;
}

export function AboutPage() {
  const { t } = useLingui();
  const { session } = useApp();
  const { account } = useModel(session);
  const build = useBuild();
  const installable = useSyncExternalStore(onInstall, canInstall);
  return (
    <PanePage title={t`About`} back="/settings" backOnPhoneOnly>
      <div className="flex items-center gap-4 px-1">
        <Mark className="size-16" />
        <div>
          <p className="text-xl font-semibold">Chancery</p>
          <p className="text-sm text-muted">{build ? t`Version ${build.version}` : ' '}</p>
        </div>
      </div>
      {installable && (
        <Section description={t`Its own window and icon, and it starts without a network.`}>
          <Button variant="primary" wide onPress={() => void install()}>
            {t`Install Chancery`}
          </Button>
        </Section>
      )}
      <Section flush title={t`Organisation`}>
        <ListRow title={account?.organisation} subtitle={t`Name`} />
        <ListRow title={<span className="break-all">{account?.relay}</span>} subtitle={t`Server`} />
        <ListRow title={account?.policy_version} subtitle={t`Version of the policy in force`} />
      </Section>
      <Section
        title={t`Key of the organisation`}
        description={t`Everybody in your organisation sees the same. It certifies who is who; the server can’t change it.`}
      >
        {account && <Fingerprint value={account.root_fingerprint} />}
      </Section>
      <Section
        title={t`This app`}
        description={t`The hash of the files that run here. Your administrator compares it with the output of “chancery version”.`}
      >
        <p dir="ltr" className="rounded-md bg-sunken p-3 font-mono text-xs break-words">
          {build ? spaced(build.hash, 8) : t`Not known without a network`}
        </p>
      </Section>
      <Section title={t`Licences`}>
        <p className="text-base">{t`Chancery is free software under the GNU Affero General Public License, version 3 or later.`}</p>
        <p className="text-sm text-muted">{t`It stands on React, React Aria (Apache 2.0), TanStack Router and Virtual, Lingui, Tailwind (MIT), Lucide (ISC), qr (MIT or Apache 2.0), OpenMLS (MIT) and SQLite (public domain), among others.`}</p>
      </Section>
    </PanePage>
  );
}
