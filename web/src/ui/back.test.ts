import { expect, test } from 'vitest';
import { Layers } from './back';

/** A browser's history with the router's pages and steps of layers; going back is told later, as browsers do. */
class Browser {
  pages: string[] = ['list', 'thread'];
  at = 1;
  readonly router: string[] = [];
  #later: (() => void)[] = [];
  readonly layers = new Layers({
    push: () => this.go('layer'),
    back: (steps) => this.#later.push(() => this.#move(-steps)),
    isLayer: () => this.pages[this.at] === 'layer',
    after: (_, act) => this.#later.push(act),
  });

  /** The router, or a layer, adds a step. */
  go(page: string): void {
    this.pages = [...this.pages.slice(0, this.at + 1), page];
    this.at += 1;
  }

  back(): void {
    this.#move(-1);
    this.rest();
  }

  rest(): void {
    for (let act = this.#later.shift(); act; act = this.#later.shift()) act();
  }

  #move(by: number): void {
    this.at += by;
    if (!this.layers.moved()) this.router.push(this.pages[this.at] ?? '');
  }
}

function layer(browser: Browser) {
  const one: { isOpen: boolean; close: () => void } = { isOpen: true, close: () => undefined };
  const closed = browser.layers.open(() => {
    one.isOpen = false;
    closed();
  });
  one.close = () => {
    one.isOpen = false;
    closed();
  };
  return one;
}

test('Back closes the topmost layer, one at a time, and then leaves the page', () => {
  const browser = new Browser();
  const [sheet, menu] = [layer(browser), layer(browser)];
  browser.back();
  expect([sheet.isOpen, menu.isOpen]).toEqual([true, false]);
  browser.back();
  expect(sheet.isOpen).toBe(false);
  expect(browser.router).toEqual([]);
  browser.back();
  expect(browser.router).toEqual(['list']);
});

test('a layer that is closed by hand leaves no step behind', () => {
  const browser = new Browser();
  layer(browser).close();
  browser.rest();
  expect([browser.at, browser.router]).toEqual([1, []]);
  browser.back();
  expect(browser.router).toEqual(['list']);
});

test('a layer that opens another one in its place', () => {
  const browser = new Browser();
  const menu = layer(browser);
  menu.close();
  const dialog = layer(browser);
  browser.rest();
  expect(dialog.isOpen).toBe(true);
  browser.back();
  expect(dialog.isOpen).toBe(false);
  expect([browser.at, browser.router]).toEqual([1, []]);
});

test('a layer whose button leads to another page: Back comes to the page under it at once', () => {
  const browser = new Browser();
  const dialog = layer(browser);
  dialog.close();
  browser.go('info');
  browser.rest();
  expect(browser.pages[browser.at]).toBe('info');
  browser.back();
  expect(browser.pages[browser.at]).toBe('thread');
  expect(browser.router).toEqual(['thread']);
});
