import { useLingui } from '@lingui/react/macro';
import { Camera, CameraOff, ImagePlus, SwitchCamera } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { Button, EmptyState, IconButton, Spinner, Tooltip } from '../../../ui';
import { CameraError, frameOf, openCamera, type CameraProblem } from './camera-stream';

type CameraState =
  { state: 'starting' } | { state: 'live'; several: boolean } | { state: 'failed'; problem: CameraProblem };

/** The camera's live picture with a shutter. A picture from the device's own camera or gallery is always the other way. */
export function CameraView({
  facing: first,
  shutter,
  onPicture,
  start = openCamera,
}: {
  facing: 'user' | 'environment';
  shutter: string;
  onPicture: (picture: File) => void;
  start?: typeof openCamera;
}) {
  const { t } = useLingui();
  const [facing, setFacing] = useState(first);
  const [attempt, setAttempt] = useState(0);
  const [camera, setCamera] = useState<CameraState>({ state: 'starting' });
  const [flash, setFlash] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    let live = true;
    let stream: MediaStream | undefined;
    start(facing).then(
      async (opened) => {
        if (!live) {
          for (const track of opened.getTracks()) track.stop();
          return;
        }
        stream = opened;
        const element = video.current;
        if (element) {
          element.srcObject = opened;
          await element.play().catch(() => undefined);
        }
        const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
        setCamera({ state: 'live', several: devices.filter((device) => device.kind === 'videoinput').length > 1 });
      },
      (error: unknown) => {
        if (live) setCamera({ state: 'failed', problem: error instanceof CameraError ? error.problem : 'busy' });
      },
    );
    return () => {
      live = false;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [facing, attempt, start]);

  const take = async () => {
    if (!video.current || camera.state !== 'live') return;
    setFlash(true);
    setTimeout(() => setFlash(false), 120);
    onPicture(await frameOf(video.current));
  };
  const other = (
    <>
      <Tooltip text={t`Choose a picture`}>
        <IconButton label={t`Choose a picture`} variant="overlay" onPress={() => picker.current?.click()}>
          <ImagePlus aria-hidden="true" className="size-5" />
        </IconButton>
      </Tooltip>
      <input
        ref={picker}
        type="file"
        accept="image/*"
        capture={facing}
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) onPicture(file);
          event.target.value = '';
        }}
      />
    </>
  );
  const help: Record<CameraProblem, string> = {
    denied: t`The browser may not use the camera. Allow it beside the address bar, in the site’s settings, then try again.`,
    missing: t`No camera was found. You can choose a picture instead.`,
    busy: t`The camera didn’t start. Another program may be using it.`,
    unsupported: t`This browser can’t use the camera here. You can choose a picture instead.`,
  };
  return (
    <div className="relative flex size-full min-h-64 items-center justify-center overflow-hidden bg-black text-white">
      <video
        ref={video}
        muted
        playsInline
        aria-label={t`What the camera sees`}
        hidden={camera.state === 'failed'}
        className="size-full object-contain"
      />
      {flash && <span className="absolute inset-0 bg-white" />}
      {camera.state === 'starting' && (
        <span role="status" className="absolute flex items-center gap-3">
          <Spinner />
          {t`Starting the camera…`}
        </span>
      )}
      {camera.state === 'failed' ? (
        <div role="alert" className="size-full overflow-auto bg-raised text-text">
          <EmptyState
            icon={<CameraOff />}
            title={t`No camera`}
            action={
              <>
                <Button
                  icon={<ImagePlus aria-hidden="true" className="size-4.5" />}
                  onPress={() => picker.current?.click()}
                >
                  {t`Choose a picture`}
                </Button>
                {camera.problem !== 'unsupported' && (
                  <Button
                    variant="primary"
                    onPress={() => {
                      setCamera({ state: 'starting' });
                      setAttempt(attempt + 1);
                    }}
                  >
                    {t`Try again`}
                  </Button>
                )}
              </>
            }
          >
            {help[camera.problem]}
          </EmptyState>
          <span hidden>{other}</span>
        </div>
      ) : (
        <div className="absolute inset-x-0 bottom-0 flex items-center justify-between bg-linear-to-t from-black/70 to-transparent px-8 pt-8 pb-[max(1.25rem,env(safe-area-inset-bottom))]">
          {other}
          <AriaButton
            aria-label={shutter}
            isDisabled={camera.state !== 'live'}
            onPress={() => void take()}
            className="flex size-18 items-center justify-center rounded-full border-4 border-white bg-white/25 outline-none disabled:opacity-40 focus-ring:outline-3 focus-ring:outline-offset-2 focus-ring:outline-white pressed:scale-95"
          >
            <Camera aria-hidden="true" className="size-7" />
          </AriaButton>
          <Tooltip text={t`Other camera`}>
            <IconButton
              label={t`Other camera`}
              variant="overlay"
              isDisabled={camera.state !== 'live' || !camera.several}
              onPress={() => {
                setCamera({ state: 'starting' });
                setFacing(facing === 'user' ? 'environment' : 'user');
              }}
            >
              <SwitchCamera aria-hidden="true" className="size-5" />
            </IconButton>
          </Tooltip>
        </div>
      )}
    </div>
  );
}
