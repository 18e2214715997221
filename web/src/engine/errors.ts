import type { UserError } from '../api';

/** A refusal or fault inside the worker. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether something thrown is `{code, message}`, as the WebAssembly module throws. */
export function isUserError(error: unknown): error is UserError {
  return (
    typeof error === 'object' &&
    error !== null &&
    typeof (error as { code?: unknown }).code === 'string' &&
    typeof (error as { message?: unknown }).message === 'string'
  );
}

/** Whether the WebAssembly module trapped: it panicked and can't be used any more. */
export function isCrash(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

/** Anything thrown, for people. */
export function userError(error: unknown): UserError {
  if (isUserError(error)) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'fault', message: `Something went wrong: ${message}` };
}
