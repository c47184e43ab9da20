import { warnOfUndeclaredSecrets } from "./read-secrets.ts";
import type { Reading } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";

export function warnOfEffects(
  reading: Reading,
  _request: InjectionRequest,
  _pod: { readonly containerNames: readonly string[]; readonly initContainerNames: readonly string[] },
): void {
  warnOfUndeclaredSecrets(reading);
}
