import base from '../playwright.config';

/** `npm run perf`: measures, with the built app in a real browser; no part of the tests. */
export default { ...base, testDir: '.', timeout: 60 * 60_000, outputDir: '../test-results' };
