import { useLingui } from '@lingui/react/macro';
import { MapPin, MapPinOff, SendHorizontal } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useModel } from '../../../app/use-model';
import type { Engine } from '../../../engine/engine';
import { Banner, Button, Dialog, EmptyState, Spinner, TextField } from '../../../ui';
import { formatCoordinates, formatMetres } from '../files/format';
import { browserLocator } from './browser-locator';
import { PlacePicture } from './location-card';
import { LocationModel, type Locator, type PlaceProblem } from './location-model';

/** Shares where this device is, once. */
export function LocationDialog({
  engine,
  group,
  title,
  onClose,
  locator = browserLocator,
}: {
  engine: Engine;
  group: string;
  /** Who will see it. */
  title: string;
  onClose: (sent: boolean) => void;
  locator?: Locator;
}) {
  const { t } = useLingui();
  const model = useMemo(() => new LocationModel(engine, group, locator), [engine, group, locator]);
  const state = useModel(model);
  useEffect(() => {
    void model.begin();
  }, [model]);
  const send = () => {
    void model.send().then((sent) => {
      if (sent) onClose(true);
    });
  };
  const problems: Record<PlaceProblem, string> = {
    denied: t`The browser may not tell where you are. Allow it beside the address bar, in the site’s settings, then try again.`,
    unavailable: t`Your device doesn’t know where it is just now. Try again in the open, or switch location on.`,
    timeout: t`It took too long. Try again in the open, or switch location on.`,
    unsupported: t`This browser can’t tell where you are here.`,
  };
  const ready = state.phase === 'ready' || state.phase === 'sending';
  return (
    <Dialog
      title={t`Share your location`}
      size="sm"
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose(false);
      }}
      actions={
        <>
          <Button onPress={() => onClose(false)}>{t`Cancel`}</Button>
          {state.phase === 'explaining' && (
            <Button variant="primary" onPress={() => void model.locate()}>{t`Find me`}</Button>
          )}
          {state.phase === 'failed' && state.problem !== 'unsupported' && (
            <Button variant="primary" onPress={() => void model.locate()}>{t`Try again`}</Button>
          )}
          {ready && (
            <Button
              variant="primary"
              isPending={state.phase === 'sending'}
              icon={<SendHorizontal aria-hidden="true" className="size-4.5 rtl:-scale-x-100" />}
              onPress={send}
            >
              {t`Send`}
            </Button>
          )}
        </>
      }
    >
      {state.phase === 'explaining' && (
        <EmptyState icon={<MapPin />} title={t`Your browser will ask for permission`}>
          {t`${title} will see one point on the earth and how exact it is. You see it before it goes, nobody follows you afterwards, and nobody else learns of it.`}
        </EmptyState>
      )}
      {state.phase === 'locating' && (
        <p role="status" className="flex items-center justify-center gap-3 py-16 text-muted">
          <Spinner />
          {t`Looking where you are…`}
        </p>
      )}
      {state.phase === 'failed' && (
        <div role="alert">
          <EmptyState icon={<MapPinOff />} title={t`No location`}>
            {problems[state.problem]}
          </EmptyState>
        </div>
      )}
      {ready && (
        <div className="flex flex-col gap-4">
          {state.error !== undefined && (
            <Banner tone="danger" live="alert">
              {state.error}
            </Banner>
          )}
          <div className="overflow-hidden rounded-md inset-ring inset-ring-line">
            <PlacePicture accuracyM={state.position.accuracyM} className="block h-36 w-full" />
            <p className="px-3 py-2 text-sm tabular-nums">
              <bdi>{formatCoordinates(state.position.latitudeE7, state.position.longitudeE7)}</bdi>
              {state.position.accuracyM !== null && <Accuracy metres={state.position.accuracyM} />}
            </p>
          </div>
          <TextField
            label={t`What is here? (optional)`}
            placeholder={t`Main entrance`}
            maxLength={80}
            value={state.name}
            onChange={(name) => model.setName(name)}
          />
        </div>
      )}
    </Dialog>
  );
}

function Accuracy({ metres }: { metres: number }) {
  const { t } = useLingui();
  const accuracy = formatMetres(metres);
  return <span className="block text-muted">{t`Accurate to ${accuracy}`}</span>;
}
