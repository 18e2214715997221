import { useLingui } from '@lingui/react/macro';
import { Copy, ExternalLink, MapPin } from 'lucide-react';
import { useState } from 'react';
import { Button, Confirm, IconButton, toasts, Tooltip } from '../../../ui';
import { formatCoordinates, formatMetres, plainCoordinates } from '../files/format';
import type { LocationBody } from '../../../models/thread/shape';
import { MAP_SITE, mapUrl } from './place';

/** Circles around a pin: a place without a map, because a map would tell others where one looks. */
export function PlacePicture({ accuracyM, className }: { accuracyM: number | null; className?: string }) {
  // 5 m is a narrow circle, 5 km fills the picture.
  const radius = accuracyM === null ? 0 : Math.min(46, 10 + Math.log10(Math.max(5, accuracyM) / 5) * 12);
  return (
    <svg viewBox="0 0 240 96" preserveAspectRatio="xMidYMid slice" aria-hidden="true" className={className}>
      <rect width="240" height="96" className="fill-accent-soft" />
      <g className="fill-none stroke-on-accent-soft opacity-15">
        {[24, 48, 72, 96, 120, 144].map((ring) => (
          <circle key={ring} cx="120" cy="48" r={ring} />
        ))}
        <path d="M120-20v136M-20 48h280" strokeDasharray="2 5" />
      </g>
      {radius > 0 && <circle cx="120" cy="48" r={radius} className="fill-accent opacity-20" />}
      <path
        d="M120 48c-7-9-11-14-11-20a11 11 0 1 1 22 0c0 6-4 11-11 20z"
        className="fill-accent stroke-surface"
        strokeWidth="1.5"
      />
      <circle cx="120" cy="28" r="4" className="fill-on-accent" />
    </svg>
  );
}

export function LocationCard({ body }: { body: LocationBody }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState(false);
  const coordinates = formatCoordinates(body.latitude_e7, body.longitude_e7);
  const accuracy = body.accuracy_m === null ? undefined : formatMetres(body.accuracy_m);
  return (
    <div className="w-72 max-w-full overflow-hidden rounded-md bg-surface text-text inset-ring inset-ring-line">
      <PlacePicture accuracyM={body.accuracy_m} className="block h-24 w-full" />
      <div className="flex items-start gap-1 py-2 ps-3 pe-1">
        <div className="min-w-0 flex-1 py-1">
          <p className="flex items-center gap-1.5 text-sm font-medium" dir="auto">
            <MapPin aria-hidden="true" className="size-4 shrink-0 text-accent-text" />
            <span className="min-w-0 wrap-anywhere">{body.name === '' ? t`Location` : body.name}</span>
          </p>
          <p className="text-xs text-muted tabular-nums">
            <bdi>{coordinates}</bdi>
            {accuracy !== undefined && <span className="block">{t`Accurate to ${accuracy}`}</span>}
          </p>
        </div>
        <Tooltip text={t`Copy the coordinates`}>
          <IconButton
            label={t`Copy the coordinates`}
            size="sm"
            onPress={() => {
              void navigator.clipboard
                .writeText(plainCoordinates(body.latitude_e7, body.longitude_e7))
                .then(() => toasts.show({ text: t`Coordinates copied`, tone: 'success' }));
            }}
          >
            <Copy aria-hidden="true" className="size-4.5" />
          </IconButton>
        </Tooltip>
      </div>
      <div className="border-t border-line">
        <Button
          variant="quiet"
          wide
          icon={<ExternalLink aria-hidden="true" className="size-4" />}
          onPress={() => setAsking(true)}
          className="rounded-none text-sm"
        >
          {t`Open in maps`}
        </Button>
      </div>
      <Confirm
        title={t`Leave the app?`}
        confirm={t`Open the map`}
        variant="primary"
        isOpen={asking}
        onConfirm={() => {
          setAsking(false);
          window.open(mapUrl(body.latitude_e7, body.longitude_e7), '_blank', 'noopener,noreferrer');
        }}
        onCancel={() => setAsking(false)}
      >
        {t`A map opens at ${MAP_SITE}. That site learns which place you look at, and your network address.`}
      </Confirm>
    </div>
  );
}
