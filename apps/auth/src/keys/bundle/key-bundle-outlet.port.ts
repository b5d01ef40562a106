import type { NewerBundle } from '../signing/key-ring.js';

/** A key bundle as it is handed out. */
export interface PublishedBundle {
  /** Its `ver`. */
  readonly version: number;
  /** Compact JWS, signed by the root key. */
  readonly text: string;
}

/** A place validators read the key bundle from. */
export abstract class KeyBundleOutlet {
  /**
   * The bundle that lies there; `undefined` when there is none that one of our root keys signed. Cheap when it is the one
   * that lay there last time.
   *
   * @throws {SessionStoreUnavailable} when the place does not answer in time.
   */
  abstract find(): Promise<NewerBundle | undefined>;

  /**
   * Puts the bundle there unless a newer one signed by our root key is there already. Cheap when it is there.
   *
   * @throws {SessionStoreUnavailable} when the place does not answer in time.
   */
  abstract put(bundle: PublishedBundle): Promise<void>;
}
