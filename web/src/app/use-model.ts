import { useSyncExternalStore } from 'react';
import type { Model } from '../models/model';

/** The present snapshot of a model; the component renders again when it changes. */
export function useModel<S extends object>(model: Model<S>): S {
  return useSyncExternalStore(model.subscribe, model.getSnapshot);
}
