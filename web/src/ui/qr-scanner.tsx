import { CameraOff } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';

/** How often a frame is looked at. */
const SCAN_EVERY_MS = 180;
/** Frames are scaled down to this before they are decoded in script. */
const SCAN_SIDE_PX = 640;

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}

/** The browser's own decoder where it has one; otherwise ours, loaded when it is needed. */
async function frameReader(): Promise<(video: HTMLVideoElement) => Promise<string | undefined>> {
  const native = (
    globalThis as {
      BarcodeDetector?: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };
    }
  ).BarcodeDetector;
  if (native && (await native.getSupportedFormats().catch((): string[] => [])).includes('qr_code')) {
    const detector = new native({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { default: decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    const scale = Math.min(1, SCAN_SIDE_PX / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    if (!context) return Promise.resolve(undefined);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return Promise.resolve(decodeQR(context.getImageData(0, 0, canvas.width, canvas.height)));
    } catch {
      // No code in this frame.
      return Promise.resolve(undefined);
    }
  };
}

/** The camera's picture; calls `onText` once per code that comes into it. */
export function QrScanner({ onText, label }: { onText: (text: string) => void; label: string }) {
  const { t } = useLingui();
  const video = useRef<HTMLVideoElement>(null);
  const report = useRef(onText);
  const [problem, setProblem] = useState<'denied' | 'none' | undefined>();

  useEffect(() => {
    report.current = onText;
  });

  useEffect(() => {
    let over = false;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = '';
    const stop = () => stream?.getTracks().forEach((track) => track.stop());

    const begin = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
      } catch (error) {
        if (!over) setProblem(error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none');
        return;
      }
      const element = video.current;
      // The effect's end may have come while the browser asked for the camera.
      if (over || !element) return stop();
      element.srcObject = stream;
      const read = await frameReader();
      const look = async () => {
        const text = element.readyState >= 2 ? await read(element).catch(() => undefined) : undefined;
        if (over) return;
        if (text !== undefined && text !== last) {
          last = text;
          report.current(text);
        }
        timer = setTimeout(() => void look(), SCAN_EVERY_MS);
      };
      await look();
    };
    void begin();
    return () => {
      over = true;
      clearTimeout(timer);
      stop();
    };
  }, []);

  if (problem)
    return (
      <div
        className="flex aspect-square w-full flex-col items-center justify-center gap-3 rounded-lg bg-sunken p-6 text-center text-muted"
        role="status"
      >
        <CameraOff aria-hidden="true" className="size-8" />
        <p className="max-w-64 text-sm">
          {problem === 'denied'
            ? t`The camera is blocked for this page. Allow it in the browser’s settings, or paste the link below.`
            : t`No camera can be used here. Paste the link below instead.`}
        </p>
      </div>
    );
  return (
    <div className="relative aspect-square w-full overflow-hidden rounded-lg bg-black">
      {/* A live picture without sound has no captions. */}
      <video ref={video} aria-label={label} autoPlay muted playsInline className="size-full object-cover" />
      <div aria-hidden="true" className="absolute inset-[16%] rounded-xl outline-[100vmax] outline-black/35">
        <div className="size-full rounded-xl border-2 border-white/90" />
      </div>
    </div>
  );
}
