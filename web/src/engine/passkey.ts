/** Passkeys with the PRF extension (WebAuthn Level 3), on the page: workers have no WebAuthn. */
import { EngineError } from './engine';
import type { Unlocking } from './protocol';

interface Prf {
  prf?: { enabled?: boolean; results?: { first?: BufferSource } };
}

const bytes = (source: BufferSource): Uint8Array<ArrayBuffer> =>
  source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : new Uint8Array(source.buffer.slice(source.byteOffset, source.byteOffset + source.byteLength));

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

function secretOf(credential: PublicKeyCredential): Uint8Array | undefined {
  const first = (credential.getClientExtensionResults() as Prf).prf?.results?.first;
  return first && bytes(first);
}

function refused(error: unknown): EngineError {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') {
    return new EngineError('cancelled', 'The passkey was not used. Try again, or choose a PIN.');
  }
  return new EngineError('passkey_unavailable', 'Passkeys can’t be used here. Choose a PIN.');
}

/** Whether this browser has passkeys that can lock a store, as far as one can tell without asking the person. */
export async function passkeysAvailable(): Promise<boolean> {
  const known = globalThis.PublicKeyCredential as typeof PublicKeyCredential | undefined;
  // A passkey belongs to a name; an address has none.
  if (!known || /^[\d.]+$|^\[/.test(location.hostname)) return false;
  return known.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

/** Makes a passkey. */
export async function createPasskey(): Promise<Unlocking> {
  const salt = random(32);
  try {
    const credential = (await navigator.credentials.create({
      publicKey: {
        challenge: random(32),
        rp: { name: 'Chancery', id: location.hostname },
        user: { id: random(16), name: `Chancery · ${location.hostname}`, displayName: 'Chancery' },
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -8 },
          { type: 'public-key', alg: -257 },
        ],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        extensions: { prf: { eval: { first: salt } } },
      },
    })) as PublicKeyCredential | null;
    if (!credential) throw new EngineError('cancelled', 'No passkey was made.');
    const enabled = (credential.getClientExtensionResults() as Prf).prf?.enabled;
    if (enabled !== true) {
      throw new EngineError('passkey_unavailable', 'This passkey can’t lock the store. Choose a PIN.');
    }
    const credentialId = new Uint8Array(credential.rawId);
    // Most authenticators give the secret only when the passkey is used.
    const secret = secretOf(credential) ?? (await evaluate(credentialId, salt));
    return { type: 'passkey', secret, credentialId, salt };
  } catch (error) {
    throw error instanceof EngineError ? error : refused(error);
  }
}

/** Uses the passkey. */
export async function usePasskey(credentialId: Uint8Array, salt: Uint8Array): Promise<Unlocking> {
  try {
    return { type: 'passkey', secret: await evaluate(credentialId, salt) };
  } catch (error) {
    throw error instanceof EngineError ? error : refused(error);
  }
}

async function evaluate(credentialId: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  const credential = (await navigator.credentials.get({
    publicKey: {
      challenge: random(32),
      rpId: location.hostname,
      userVerification: 'required',
      allowCredentials: [{ type: 'public-key', id: new Uint8Array(credentialId) }],
      extensions: { prf: { eval: { first: new Uint8Array(salt) } } },
    },
  })) as PublicKeyCredential | null;
  const secret = credential && secretOf(credential);
  if (!secret) throw new EngineError('passkey_unavailable', 'This passkey gives no secret. Choose a PIN.');
  return secret;
}
