import { useEffect, useState } from 'react';
import { useApp } from '../../app/context';
import { JoinModel } from '../../models/join';
import { LinkDeviceModel } from '../../models/link-device';
import { JoinScreen } from '../join/join';
import { LinkScreen } from '../link/link';

/** What was typed, until the tab is closed. */
const LABEL = 'joining.label';

/**
 * A browser without an account: join, or become another device of somebody. The invitation stays in the address until it has been used, so
 * that a reload at any step goes on with it.
 */
export function Onboarding({ address, onDone }: { address: string; onDone: () => void }) {
  const { engine, deviceLabel } = useApp();
  const [join] = useState(
    () =>
      new JoinModel(
        engine,
        sessionStorage.getItem(LABEL) ?? deviceLabel,
        new URL(address).pathname === '/i' ? address : undefined,
      ),
  );
  useEffect(() => join.subscribe(() => sessionStorage.setItem(LABEL, join.getSnapshot().label)), [join]);
  const [linking, setLinking] = useState(false);
  const toGroup = new URL(address).pathname === '/g';
  const done = () => {
    sessionStorage.removeItem(LABEL);
    onDone();
  };
  return linking ? (
    <Linking onBack={() => setLinking(false)} onDone={done} />
  ) : (
    <JoinScreen model={join} toGroup={toGroup} onLinkInstead={() => setLinking(true)} onDone={done} />
  );
}

function Linking({ onBack, onDone }: { onBack: () => void; onDone: () => void }) {
  const { engine, deviceLabel, origin } = useApp();
  const [model] = useState(() => new LinkDeviceModel(engine, origin, deviceLabel));
  useEffect(() => {
    void model.resume();
    return () => model.dispose();
  }, [model]);
  return <LinkScreen model={model} onBack={onBack} onDone={onDone} />;
}
