// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { MessageView } from '../../api';
import { Providers } from '../../app/providers';
import { EngineError } from '../../engine/engine';
import { FakeEngine } from '../../engine/fake';
import { fileBody, message } from '../../engine/fake-office';
import type { FileBody } from '../../models/thread/shape';
import { appOf } from '../test-app';
import { MediaProvider } from './context';
import { DocumentRow } from './document-row';
import { VisualTile } from './photo';

afterEach(cleanup);

/** Every file comes to four tenths and then no further. */
class SlowEngine extends FakeEngine {
  readonly opened: AbortSignal[] = [];
  override openFile(
    _message: string,
    onProgress?: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<Blob> {
    if (!signal) throw new Error('nothing could cancel this');
    this.opened.push(signal);
    onProgress?.(4_000_000, 10_000_000);
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new EngineError('cancelled', 'The download was cancelled.'))),
    );
  }
}

const withFile = (name: string, type: string): MessageView & { body: FileBody } => ({
  ...message(),
  body: fileBody(name, type, 10_000_000, { thumbnail: false }),
});

function show(engine: FakeEngine, content: React.ReactNode): void {
  render(
    <Providers app={appOf(engine)}>
      <MediaProvider engine={engine}>{content}</MediaProvider>
    </Providers>,
  );
}

test('a document that comes in says how far it is, can be cancelled, and begun again', async () => {
  const engine = new SlowEngine();
  show(engine, <DocumentRow message={withFile('plans.pdf', 'application/pdf')} />);
  fireEvent.click(screen.getByRole('button', { name: 'Save plans.pdf' }));
  await screen.findByText('4 MB of 10 MB');
  fireEvent.click(screen.getByRole('button', { name: 'Cancel plans.pdf' }));
  expect(engine.opened[0]?.aborted).toBe(true);
  fireEvent.click(await screen.findByRole('button', { name: 'Save plans.pdf' }));
  await screen.findByText('4 MB of 10 MB');
  expect(engine.opened).toHaveLength(2);
});

test('a document that could not be fetched is tried again', async () => {
  const engine = new FakeEngine();
  engine.failNext('unreachable');
  show(engine, <DocumentRow message={withFile('plans.pdf', 'application/pdf')} />);
  fireEvent.click(screen.getByRole('button', { name: 'Save plans.pdf' }));
  await screen.findByRole('button', { name: 'Try again: plans.pdf' });
});

test('a photo that comes in can be cancelled; it waits until it is asked for again', async () => {
  const engine = new SlowEngine();
  show(engine, <VisualTile message={withFile('roof.jpg', 'image/jpeg')} />);
  fireEvent.click(screen.getByRole('button', { name: 'Load the photo, 10 MB' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Cancel' }));
  expect(engine.opened[0]?.aborted).toBe(true);
  fireEvent.click(await screen.findByRole('button', { name: 'Load the photo, 10 MB' }));
  await screen.findByRole('button', { name: 'Cancel' });
  expect(engine.opened).toHaveLength(2);
});
