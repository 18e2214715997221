/**
 * The one Trusted Types policy: the page's policy (`require-trusted-types-for 'script'`) refuses script URLs that didn't pass here, and only
 * scripts of this origin pass.
 */
interface Policy {
  createScriptURL(url: string): unknown;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

function sameOrigin(url: string): string {
  const whole = new URL(url, location.href);
  if (whole.origin !== location.origin) throw new TypeError('Scripts come from this server only.');
  return whole.href;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy: Policy = factory
  ? factory.createPolicy('chancery', { createScriptURL: sameOrigin })
  : { createScriptURL: sameOrigin };

/** A script's URL for `new Worker` and `navigator.serviceWorker.register`. */
export function scriptUrl(url: string): string {
  // The DOM's types don't know TrustedScriptURL yet.
  return policy.createScriptURL(url) as string;
}
