import { MicrophoneError, type Recording } from './recorder-model';

/** Opus where the browser has it; Safari records AAC. */
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4;codecs=opus', 'audio/mp4'];
const BITS_PER_SECOND = 32_000;
const LEVEL_EVERY_MS = 60;

/** Records from the browser's microphone. Rejects with {@link MicrophoneError}. */
export async function recordMicrophone(onLevel: (level: number) => void, onLost: () => void): Promise<Recording> {
  const type = 'MediaRecorder' in globalThis ? TYPES.find((one) => MediaRecorder.isTypeSupported(one)) : undefined;
  // Without a secure context there are no media devices at all.
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (type === undefined || !devices) throw new MicrophoneError('unsupported');
  let stream: MediaStream;
  try {
    stream = await devices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new MicrophoneError('denied');
    if (name === 'NotFoundError' || name === 'OverconstrainedError') throw new MicrophoneError('missing');
    throw new MicrophoneError('busy');
  }
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
  const parts: Blob[] = [];
  recorder.ondataavailable = (event) => {
    if (event.data.size > 0) parts.push(event.data);
  };
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // Speech is around 0.05 to 0.3; its root spreads the quiet parts.
    onLevel(Math.min(1, Math.sqrt(Math.sqrt(power) * 2.2)));
  }, LEVEL_EVERY_MS);
  const end = () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  for (const track of stream.getTracks()) track.onended = onLost;
  recorder.start(1000);
  return {
    pause: () => recorder.pause(),
    resume: () => recorder.resume(),
    stop: () =>
      new Promise((resolve) => {
        const mediaType = (recorder.mimeType === '' ? type : recorder.mimeType).split(';')[0] ?? 'audio/webm';
        const finish = () => {
          end();
          resolve({ blob: new Blob(parts, { type: mediaType }), mediaType });
        };
        if (recorder.state === 'inactive') finish();
        else {
          recorder.onstop = finish;
          recorder.stop();
        }
      }),
    cancel: () => {
      recorder.ondataavailable = null;
      if (recorder.state !== 'inactive') recorder.stop();
      end();
    },
  };
}
