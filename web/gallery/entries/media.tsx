import { useEffect, useState, type ReactNode } from 'react';
import type { MessageView } from '../../src/api';
import { fileBody, GROUPS, ME, people, said } from '../../src/engine/fake-office';
import {
  AttachButton,
  DropZone,
  MediaProvider,
  MessageMedia,
  useAttachments,
  useMedia,
  VoiceRecorder,
} from '../../src/screens/media';
import { CameraDialog } from '../../src/screens/media/camera/camera-dialog';
import { CameraError } from '../../src/screens/media/camera/camera-stream';
import { DropOverlay } from '../../src/screens/media/drop-zone';
import { ContactDialog } from '../../src/screens/media/contact/contact-dialog';
import { LocationDialog } from '../../src/screens/media/location/location-dialog';
import { PlaceError, type Locator } from '../../src/screens/media/location/location-model';
import { Album } from '../../src/screens/media/photo';
import { OutgoingModel } from '../../src/screens/media/prepare/outgoing-model';
import { SendSheet } from '../../src/screens/media/prepare/send-sheet';
import { ScanDialog } from '../../src/screens/media/scan/scan-dialog';
import { ScanModel } from '../../src/screens/media/scan/scan-model';
import { browserScanTools } from '../../src/screens/media/scan/scan-tools';
import { TransferBubble, TransfersPanel } from '../../src/screens/media/transfers/transfers-list';
import { MicrophoneError, type StartRecording } from '../../src/screens/media/voice/recorder-model';
import type { Entry } from '../entry';
import { paper, photo, sampleEngine, type SampleEngine } from '../sample-media';

const nothing = () => undefined;
const GROUP = GROUPS.launch;
const marcus = people[1]?.user ?? ME;
const priya = people[2]?.user ?? ME;

/** A bubble like the thread's. */
function Bubble({ own = false, children }: { own?: boolean; children: ReactNode }) {
  return (
    <div className={own ? 'flex justify-end' : 'flex'}>
      <div
        className={`max-w-[85%] rounded-lg p-1.5 shadow-low ${own ? 'bg-bubble-own text-on-bubble-own' : 'bg-bubble-other text-text'}`}
      >
        {children}
      </div>
    </div>
  );
}

function Wall({ engine, children }: { engine: SampleEngine; children: ReactNode }) {
  return (
    <MediaProvider engine={engine} onForward={nothing} onInfo={nothing} onOpenConversation={nothing}>
      <main className="scroller h-full bg-canvas">
        <h1 className="sr-only">Media</h1>
        <div className="mx-auto flex max-w-2xl flex-col gap-3 p-4">{children}</div>
      </main>
    </MediaProvider>
  );
}

type Visual = Awaited<ReturnType<SampleEngine['addPhoto']>>;

function withEngine(
  id: string,
  title: string,
  render: (engine: SampleEngine) => ReactNode,
  prepare?: (engine: SampleEngine) => void | Promise<void>,
): Entry {
  let engine: SampleEngine;
  return {
    id: `media-${id}`,
    title,
    group: 'Media',
    prepare: async () => {
      engine = await sampleEngine();
      await prepare?.(engine);
    },
    render: () => render(engine),
  };
}

function OpenAtOnce({ item }: { item: MessageView }) {
  const { openViewer } = useMedia();
  useEffect(() => openViewer(item), [openViewer, item]);
  return null;
}

const made: MessageView[] = [];
const album: Visual[] = [];

const levels = [0.2, 0.5, 0.8, 0.4, 0.9, 0.6, 0.3, 0.1, 0.7, 0.5, 0.8, 0.95, 0.4, 0.2, 0.6, 0.3];
const talking: StartRecording = (onLevel) => {
  let at = 0;
  const timer = setInterval(() => {
    onLevel(levels[at % levels.length] ?? 0);
    at += 1;
  }, 15);
  return Promise.resolve({
    pause: nothing,
    resume: nothing,
    stop: () => {
      clearInterval(timer);
      return Promise.resolve({ blob: new Blob(['x']), mediaType: 'audio/webm' });
    },
    cancel: () => clearInterval(timer),
  });
};
const noMicrophone: StartRecording = () => Promise.reject(new MicrophoneError('denied'));

function Composer({ engine, start, press }: { engine: SampleEngine; start: StartRecording; press?: string }) {
  const [active, setActive] = useState(false);
  const attachments = useAttachments({ engine, group: GROUP, title: 'Launch' });
  useEffect(() => {
    document.querySelector<HTMLButtonElement>('button[aria-label="Record a voice message"]')?.click();
    if (press === undefined) return;
    const timer = setTimeout(
      () => document.querySelector<HTMLButtonElement>(`button[aria-label="${press}"]`)?.click(),
      900,
    );
    return () => clearTimeout(timer);
  }, [press]);
  return (
    <DropZone onFiles={attachments.addFiles} className="flex h-full flex-col justify-end bg-canvas">
      <main className="contents">
        <h1 className="sr-only">Composer</h1>
        <div className="flex items-center gap-2 border-t border-line bg-surface p-2" onPaste={attachments.onPaste}>
          {!active && <AttachButton attachments={attachments} />}
          {!active && <span className="min-h-11 flex-1 rounded-full bg-sunken px-4 py-2.5 text-faint">Message</span>}
          <VoiceRecorder engine={engine} group={GROUP} onActive={setActive} startRecording={start} />
        </div>
      </main>
      {attachments.element}
    </DropZone>
  );
}

const locator = (answer: 'found' | 'denied' | 'asks'): Locator => ({
  allowed: () => Promise.resolve(answer !== 'asks'),
  locate: () =>
    answer === 'denied'
      ? Promise.reject(new PlaceError('denied'))
      : Promise.resolve({ latitudeE7: 525_200_080, longitudeE7: 134_049_540, accuracyM: 18 }),
});

const file = (blob: Blob, name: string) => new File([blob], name, { type: blob.type });
let outgoing: OutgoingModel;
let scan: ScanModel;

const outgoingEntry = (id: string, title: string, files: () => Promise<File[]>, pick = 0): Entry =>
  withEngine(
    id,
    title,
    () => <SendSheet model={outgoing} title="Launch" onClose={nothing} />,
    async (engine) => {
      outgoing = new OutgoingModel(engine, GROUP);
      await outgoing.add(await files());
      const item = outgoing.getSnapshot().items[pick];
      if (item) outgoing.select(item.id);
    },
  );

const scanEntry = (id: string, title: string, act: (model: ScanModel) => Promise<void>): Entry =>
  withEngine(
    id,
    title,
    () => (
      <ScanDialog
        model={scan}
        onDone={nothing}
        onClose={nothing}
        startCamera={() => Promise.reject(new CameraError('missing'))}
      />
    ),
    async () => {
      scan = new ScanModel(browserScanTools);
      await act(scan);
    },
  );

export const entries: Entry[] = [
  withEngine(
    'photos',
    'Photos, album, video',
    (engine) => (
      <Wall engine={engine}>
        {made.map((item) => (
          <Bubble key={item.id} own={item.sender === ME}>
            <MessageMedia message={item} />
            {item.body.type === 'file' && item.body.caption !== '' && (
              <p className="px-1.5 pt-1.5 pb-0.5">{item.body.caption}</p>
            )}
          </Bubble>
        ))}
        <Bubble>
          <Album messages={album} />
        </Bubble>
        <Bubble own>
          <Album messages={album.slice(0, 3)} />
        </Bubble>
      </Wall>
    ),
    async (engine) => {
      made.splice(0, made.length);
      album.splice(0, album.length);
      made.push(
        await engine.addPhoto(priya, 30, 'coast', 1600, 1067, 'The view from the new office'),
        await engine.addPhoto(ME, 29, 'hills', 1200, 1600),
        await engine.addVideo(marcus, 28),
      );
      for (const scene of ['coast', 'dusk', 'tower', 'board', 'hills', 'coast'] as const)
        album.push(await engine.addPhoto(priya, 20, scene, 1600, 1200));
    },
  ),
  withEngine(
    'photo-states',
    'Photos: loading, failed, refused, large',
    (engine) => (
      <Wall engine={engine}>
        {made.map((item) => (
          <Bubble key={item.id}>
            <MessageMedia message={item} />
          </Bubble>
        ))}
      </Wall>
    ),
    async (engine) => {
      made.splice(0, made.length);
      const loading = await engine.addPhoto(priya, 30, 'coast', 1600, 1067);
      engine.stuck.add(loading.id);
      const failed = await engine.addPhoto(priya, 29, 'dusk', 1600, 1067);
      engine.broken.add(failed.id);
      const refused = await engine.addPhoto(priya, 28, 'tower', 1600, 1067);
      engine.files.set(refused.id, new Blob(['<html><script>alert(1)</script>']));
      engine.small.delete(refused.id);
      const large = await engine.addPhoto(priya, 27, 'hills', 1600, 1067);
      made.push(loading, failed, refused, { ...large, body: { ...large.body, size: 18_000_000 } });
    },
  ),
  withEngine(
    'sounds',
    'Voice notes and sounds',
    (engine) => (
      <Wall engine={engine}>
        {made.map((item) => (
          <Bubble key={item.id} own={item.sender === ME}>
            <MessageMedia message={item} />
          </Bubble>
        ))}
      </Wall>
    ),
    (engine) => {
      made.splice(0, made.length);
      made.push(
        engine.addSound(marcus, 30, 23_000),
        engine.addSound(ME, 29, 4_000),
        engine.addSound(priya, 28, 191_000, false),
      );
    },
  ),
  withEngine(
    'documents',
    'Documents, place, contact, unknown',
    (engine) => (
      <Wall engine={engine}>
        {made.map((item) => (
          <Bubble key={item.id} own={item.sender === ME}>
            <MessageMedia message={item} />
          </Bubble>
        ))}
      </Wall>
    ),
    () => {
      made.splice(0, made.length);
      const document = (name: string, type: string, size: number, sender = marcus) =>
        said(sender, 30, fileBody(name, type, size, { thumbnail: false }));
      made.push(
        document('Launch plan 2026.pdf', 'application/pdf', 1_840_000),
        document(
          'Budget v7 with every line item and a very long name that wraps.xlsx',
          'application/vnd.ms-excel',
          96_300,
          ME,
        ),
        document('invoice\u202Efdp.exe', 'image/jpg', 220_000),
        document('site.zip', 'application/zip', 48_000_000),
        said(priya, 12, {
          type: 'location',
          latitude_e7: 525_200_080,
          longitude_e7: 134_049_540,
          accuracy_m: 18,
          name: 'Main entrance, Lindenhof 4',
        }),
        said(ME, 11, {
          type: 'contact',
          name: 'Grace Mensah',
          user: people[10]?.user ?? null,
          emails: ['grace@lindenhof.example'],
          phones: ['+49 30 5550 117'],
        }),
        said(marcus, 10, { type: 'unknown', content_type: 'application/x-poll' }),
      );
    },
  ),
  withEngine(
    'viewer',
    'Viewer: photo',
    (engine) => (
      <MediaProvider engine={engine} onForward={nothing} onInfo={nothing}>
        {made[0] && <OpenAtOnce item={made[0]} />}
      </MediaProvider>
    ),
    async (engine) => {
      made.splice(0, made.length);
      const item = await engine.addPhoto(priya, 30, 'dusk', 1600, 1067, 'Friday evening from the roof');
      engine.receive(GROUP, item);
      made.push(item);
    },
  ),
  withEngine(
    'viewer-refused',
    'Viewer: not a picture',
    (engine) => (
      <MediaProvider engine={engine} onForward={nothing} onInfo={nothing}>
        {made[0] && <OpenAtOnce item={made[0]} />}
      </MediaProvider>
    ),
    async (engine) => {
      made.splice(0, made.length);
      const item = await engine.addPhoto(priya, 30, 'dusk', 1600, 1067);
      engine.files.set(item.id, new Blob(['<svg onload="alert(1)"/>']));
      made.push(item);
    },
  ),
  outgoingEntry('send', 'Sending photos', async () => [
    file(await photo('coast', 1600, 1067), 'IMG_2101.jpg'),
    file(await photo('hills', 1200, 1600), 'IMG_2102.jpg'),
    file(await photo('dusk', 1600, 1067), 'IMG_2103.jpg'),
    file(new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'Launch plan 2026.pdf'),
  ]),
  outgoingEntry('send-document', 'Sending a document', () =>
    Promise.resolve([file(new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'Launch plan 2026.pdf')]),
  ),
  outgoingEntry(
    'send-large',
    'Sending something too large',
    async () => [
      file(await photo('coast', 1600, 1067), 'IMG_2101.jpg'),
      Object.defineProperty(file(new Blob(['film']), 'Recording of the town hall.mov'), 'size', { value: 9e12 }),
    ],
    1,
  ),
  withEngine('recording', 'Voice recorder: recording', (engine) => <Composer engine={engine} start={talking} />),
  withEngine('recorded', 'Voice recorder: before sending', (engine) => (
    <Composer engine={engine} start={talking} press="Stop and listen" />
  )),
  withEngine('microphone', 'Voice recorder: no permission', (engine) => (
    <Composer engine={engine} start={noMicrophone} />
  )),
  withEngine('location', 'Location: explanation', (engine) => (
    <LocationDialog engine={engine} group={GROUP} title="Launch" onClose={nothing} locator={locator('asks')} />
  )),
  withEngine('location-found', 'Location: found', (engine) => (
    <LocationDialog engine={engine} group={GROUP} title="Launch" onClose={nothing} locator={locator('found')} />
  )),
  withEngine('location-denied', 'Location: denied', (engine) => (
    <LocationDialog engine={engine} group={GROUP} title="Launch" onClose={nothing} locator={locator('denied')} />
  )),
  withEngine('contact', 'Contact picker', (engine) => (
    <ContactDialog engine={engine} group={GROUP} title="Launch" onClose={nothing} />
  )),
  withEngine('camera', 'Camera: missing', () => (
    <CameraDialog onPicture={nothing} onClose={nothing} start={() => Promise.reject(new CameraError('missing'))} />
  )),
  scanEntry('scan-adjust', 'Scan: corners', async (model) => model.take(await paper())),
  scanEntry('scan-pages', 'Scan: pages', async (model) => {
    for (let page = 0; page < 3; page += 1) {
      await model.take(await paper());
      await model.keep();
    }
  }),
  withEngine(
    'transfers',
    'Transfers',
    (engine) => (
      <Wall engine={engine}>
        <div className="rounded-lg bg-raised shadow-mid">
          <TransfersPanel engine={engine} />
        </div>
        {engine.transfers().map((transfer) => (
          <Bubble key={transfer.id} own>
            <TransferBubble engine={engine} transfer={transfer} />
          </Bubble>
        ))}
      </Wall>
    ),
    (engine) => {
      const transfer = (id: string, name: string, total: number) => ({ id, name, total, direction: 'up' as const });
      engine.setTransfers([
        { ...transfer('1', 'Walkthrough.mp4', 48_300_000), state: 'running', done: 20_100_000 },
        { ...transfer('2', 'Photos.zip', 120_000_000), state: 'paused', done: 81_000_000 },
        { ...transfer('3', 'Launch plan 2026.pdf', 1_840_000), state: 'waiting', done: 0 },
        {
          ...transfer('4', 'Archive.tar', 900_000_000),
          state: 'failed',
          done: 0,
          error: { code: 'quota_exceeded', message: 'Full.' },
        },
        { ...transfer('5', 'IMG_2041.jpg', 420_000), state: 'done', done: 420_000 },
      ]);
    },
  ),
  withEngine('drop', 'Dropping files', () => (
    <main className="relative h-full bg-canvas">
      <h1 className="sr-only">Dropping files</h1>
      <DropOverlay text="Drop files to send them" />
    </main>
  )),
];
