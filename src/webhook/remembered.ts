import type { EncodedOutcome, InjectionOutcome } from "../injection/outcome.ts";

/** Stands for the name of a token volume: as long, different in every character, and no name that Kubernetes takes. */
export const STAND_IN = "TOKEN_VOLUME_OF_A_POD";

/** The outcome for all pods that are alike. */
export interface Remembered {
  outcomeFor(token: string | undefined): EncodedOutcome;
  /** Room that it takes. */
  readonly bytes: number;
}

/**
 * Makes of a pod's outcome the outcome for all that are like it: the name of the token volume is written wherever
 * the outcome for the stand-in has that. Undefined where this does not lead from the one outcome to the other.
 */
export function remember(
  own: InjectionOutcome,
  token: string | undefined,
  forStandIn: InjectionOutcome,
): Remembered | undefined {
  if (own.kind !== "injected" || forStandIn.kind !== "injected") {
    const isSame = JSON.stringify(own) === JSON.stringify(forStandIn);
    return isSame && own.kind !== "injected" ? { outcomeFor: () => own, bytes: 0 } : undefined;
  }
  const { patch, ...rest } = own;
  const { patch: patchForStandIn, ...others } = forStandIn;
  const text = JSON.stringify(patchForStandIn);
  const leadsToOwn = text.replaceAll(STAND_IN, token ?? STAND_IN) === JSON.stringify(patch);
  if (!leadsToOwn || JSON.stringify(rest) !== JSON.stringify(others)) return undefined;
  // Written into again for each pod: a copy would be as large as the patch.
  const bytes = bytesOf(text);
  const places = placesOf(STAND_IN, bytes);
  return {
    bytes: bytes.length,
    outcomeFor(name) {
      if (name !== undefined) for (const place of places) bytes.write(name, place, "latin1");
      return { ...rest, encodedPatch: bytes.toString("base64") };
    },
  };
}

/** In memory of its own: a piece of Node's pool would keep all of it. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

function placesOf(searched: string, text: Buffer): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(searched); at !== -1; at = text.indexOf(searched, at + 1)) places.push(at);
  return places;
}
