import { Trans } from '@lingui/react/macro';

export function Home() {
  return (
    <main className="p-4">
      <h1 className="text-2xl font-semibold">
        <Trans>Conversations</Trans>
      </h1>
    </main>
  );
}
