/**
 * The app in real browsers, driven as people do. What a browser complains about, every break of the content security policy and every request
 * to another origin fails the test.
 */
import { type Browser, type BrowserContext, type Locator, type Page, test as base, expect } from '@playwright/test';
import { World } from './world';

export { expect };

/** Not a row of digits that the app refuses. */
export const PIN = '918273';

const kinds = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  desk: { viewport: { width: 1280, height: 800 } },
} as const;
export type Kind = keyof typeof kinds;

export interface BrowserOptions {
  kind?: Kind;
  colorScheme?: 'light' | 'dark';
  locale?: string;
  width?: number;
  /** An own one, such as one with a folder that is looked at later. */
  context?: BrowserContext;
}

/** What the browser says when a connection is cut; only a test that cuts expects it. */
const CUT = /net::ERR_|WebSocket connection to|Failed to load resource/;

/** Somebody with a browser of their own. */
export class Person {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly kind: Kind;
  readonly world: World;
  readonly #complaints: string[] = [];
  #cut = false;

  private constructor(world: World, kind: Kind, context: BrowserContext, page: Page) {
    this.world = world;
    this.kind = kind;
    this.context = context;
    this.page = page;
  }

  static async at(browser: Browser, world: World, options: BrowserOptions = {}): Promise<Person> {
    const { kind = 'desk', context: given, width, ...rest } = options;
    const shape = kinds[kind];
    const context =
      given ??
      (await browser.newContext({
        locale: 'en-GB',
        timezoneId: 'UTC',
        ...shape,
        ...(width === undefined ? {} : { viewport: { ...shape.viewport, width } }),
        ...rest,
      }));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        // eslint-disable-next-line no-console -- this is how it gets out of the page
        console.error(
          `CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample} at ${event.sourceFile}`,
        );
      });
    });
    const page = given?.pages()[0] ?? (await context.newPage());
    const person = new Person(world, kind, context, page);
    person.#watch(page);
    context.on('page', (other) => person.#watch(other));
    context.on('request', (request) => person.#request(request.url()));
    return person;
  }

  #request(url: string): void {
    const { protocol, host } = new URL(url);
    if (protocol === 'blob:' || host === new URL(this.world.url).host) return;
    this.#complaints.push(`a request to ${url}`);
  }

  #watch(page: Page): void {
    page.on('pageerror', (error) => this.#complaints.push(`an exception: ${error.stack ?? error.message}`));
    page.on('websocket', (socket) => this.#request(socket.url()));
    page.on('dialog', (dialog) => {
      this.#complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      const text = `${message.text()} (${message.location().url})`;
      if (this.#cut && CUT.test(text)) return;
      this.#complaints.push(`on the console: ${text}`);
    });
  }

  /** What has to be empty. */
  complaints(): readonly string[] {
    return this.#complaints;
  }

  /** The test makes the browser complain. */
  complaintsExpected = false;

  /** From here on the connection may be cut: complaints of the browser about that are expected. */
  expectCuts(): void {
    this.#cut = true;
  }

  async offline(on: boolean): Promise<void> {
    this.expectCuts();
    await this.context.setOffline(on);
  }

  /** Another tab of the same browser. */
  async tab(address = '/'): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(this.world.url + address);
    return page;
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) });
  }

  /** Types a new PIN twice and goes on. */
  async newPin(pin = PIN): Promise<void> {
    await this.page.getByLabel('New PIN', { exact: true }).fill(pin);
    await this.page.getByLabel('The same PIN again', { exact: true }).fill(pin);
    await this.button('Continue').click();
  }

  /** Joins with an invitation and a PIN, up to the list of conversations. */
  async join(user: string, name: string): Promise<this> {
    await this.page.goto(this.world.invite(user, name));
    await this.button('Join').click();
    await this.newPin();
    await expect(this.page.getByRole('heading', { name: `Welcome, ${name}` })).toBeVisible();
    await this.button('Start').click();
    await expect(this.page).toHaveURL(`${this.world.url}/`);
    await expect(this.list).toBeVisible();
    return this;
  }

  /** The list of conversations is there. */
  async home(): Promise<void> {
    if (new URL(this.page.url()).pathname !== '/' && this.kind === 'phone')
      await this.page.getByRole('link', { name: 'Back to conversations' }).click();
    await expect(this.list).toBeVisible();
  }

  get list(): Locator {
    return this.page.getByRole('region', { name: 'Conversations', exact: true });
  }

  /** The line of a conversation in the list. */
  row(title: string | RegExp): Locator {
    return this.list.locator('a[data-row]').filter({ has: this.page.getByText(title, { exact: true }) });
  }

  /** Opens a conversation from the list. */
  async open(title: string): Promise<void> {
    await this.home();
    await this.row(title).click();
    await expect(this.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  }

  async startNew(): Promise<void> {
    await this.home();
    const name = 'New conversation';
    if (this.kind === 'phone') await this.page.getByRole('link', { name, exact: true }).click();
    else await this.list.getByRole('button', { name, exact: true }).first().click();
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible();
  }

  /** Somebody in the list of people. */
  someone(name: string): Locator {
    return this.page
      .getByRole('listbox', { name: 'People' })
      .getByRole('option')
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .first();
  }

  /** Starts a conversation with somebody of the directory. */
  async write(to: string): Promise<void> {
    await this.startNew();
    await this.someone(to).click();
    await expect(this.page.getByRole('heading', { level: 1, name: to })).toBeVisible();
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true });
  }

  /** Sends a text into the open conversation. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    if (this.kind === 'phone') await this.button('Send').tap();
    else await this.composer.press('Enter');
    await expect(this.composer).toHaveValue('');
  }

  get thread(): Locator {
    return this.page.getByLabel('Messages', { exact: true });
  }

  /** The newest message with this text in the open conversation. */
  message(text: string | RegExp): Locator {
    return this.thread.locator('article').filter({ hasText: text }).last();
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.message(text)).toBeVisible();
  }

  /** The coloured ticks: everybody has read it. */
  async seesState(text: string | RegExp, state: 'Sent' | 'Delivered' | 'Read' | 'Waiting to be sent'): Promise<void> {
    await expect(this.message(text).getByRole('img', { name: state, exact: true })).toBeVisible();
  }

  /** A finger that stays, or the right button, on something. */
  async press(what: Locator): Promise<void> {
    if (this.kind === 'desk') {
      await what.click({ button: 'right', position: { x: 4, y: 4 } });
      return;
    }
    await what.scrollIntoViewIfNeeded();
    const box = await what.boundingBox();
    if (!box) throw new Error('nothing to press');
    const point = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 40) };
    const cdp = await this.context.newCDPSession(this.page);
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
    await expect(this.page.getByRole('menu')).toBeVisible();
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await cdp.detach();
  }

  /** Chooses from what can be done with a message. */
  async act(text: string | RegExp, item: string): Promise<void> {
    await this.press(this.message(text).getByText(text).first());
    await this.choose(item);
  }

  /** Takes an item of the menu that is open. */
  async choose(item: string): Promise<void> {
    const found = this.page.getByRole('menuitem', { name: item, exact: true });
    await (this.kind === 'phone' ? found.tap() : found.click());
  }

  /** Chooses from what can be done with a conversation. */
  async actOnRow(title: string, item: string): Promise<void> {
    await this.press(this.row(title));
    await this.choose(item);
  }

  /** What is known about the open conversation. */
  async details(): Promise<void> {
    await this.page.locator('header a[href$="/info"]').click();
    await expect(this.page).toHaveURL(/\/info$/);
  }

  /** A picture of the screen, when somebody wants to look: `SHOTS=shots/e2e npx playwright test`. */
  async shot(name: string): Promise<void> {
    const folder = process.env['SHOTS'];
    if (folder !== undefined) await this.page.screenshot({ path: `${folder}/${this.kind}-${name}.png` });
  }

  /** Nothing may be wider than the screen. */
  async fitsItsWidth(): Promise<void> {
    const over = await this.page.evaluate(() => {
      const wide = document.scrollingElement?.scrollWidth ?? 0;
      return wide > innerWidth ? wide - innerWidth : 0;
    });
    expect(over, 'pixels over the edge').toBe(0);
  }
}

interface Fixtures {
  /** An organisation with a relay of its own; alice is its owner, at a terminal. */
  world: World;
  /** Somebody's browser; checked at the end. */
  someone: (options?: BrowserOptions) => Promise<Person>;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted
  world: async ({}, use) => {
    const world = await World.running(process.env['APP_DIR']);
    world.joinOwner();
    await use(world);
    await world.end();
  },
  someone: async ({ browser, world }, use) => {
    const people: Person[] = [];
    await use(async (options) => {
      const person = await Person.at(browser, world, options);
      people.push(person);
      return person;
    });
    for (const person of people) await person.context.close();
    for (const person of people) if (!person.complaintsExpected) expect(person.complaints()).toEqual([]);
  },
});
