import { useEffect, useState } from 'react';
import { useApp } from '../app/context';

/** Whether a passkey can be offered; undefined while the browser is asked. */
export function usePasskey(): boolean | undefined {
  const { passkeyAvailable } = useApp();
  const [available, setAvailable] = useState<boolean>();
  useEffect(() => {
    void passkeyAvailable().then(setAvailable);
  }, [passkeyAvailable]);
  return available;
}
