import { alarm } from "../cluster/alarm.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Leadership } from "../cluster/election.ts";
import type { WebhookRegistration } from "../cluster/objects.ts";
import { type ProblemEvents, trouble } from "../cluster/trouble.ts";
import { KeycardError } from "../errors.ts";
import { bundled } from "./bundle.ts";
import { LOOK_MILLISECONDS } from "./keeper.ts";
import { ensureBundle } from "./registrar.ts";

/** A CA that was replaced stays trusted this long: replicas read their files at different times. */
const KEEP_FORMER_MILLISECONDS = 86_400_000;

export interface CaFileOptions extends ProblemEvents {
  readonly file: string;
  readonly readFile: (path: string) => Promise<string>;
  readonly registration: WebhookRegistration;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly onPatched: () => void;
}

/**
 * Keeps the registration's caBundle at what a CA file says, for certificates that come from files. Runs until
 * the signal; problems are told once and tried again.
 */
export async function registerCaFile(options: CaFileOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  let seen: { readonly bundle: string; readonly since: number } | undefined;
  const { failed, recovered } = trouble(options);
  const pauses = alarm(clock);
  options.leadership.onChange(pauses.ring);
  const look = async (): Promise<void> => {
    const bundle = bundled([await options.readFile(options.file)]);
    if (bundle === "")
      throw new KeycardError("KEYCARD_CA_FILE", `${options.file}: holds no certificate in PEM.`);
    if (bundle !== seen?.bundle) seen = { bundle, since: clock.monotonic() };
    if (!options.leadership.isLeader()) return;
    const keepForeign = clock.monotonic() - seen.since < KEEP_FORMER_MILLISECONDS;
    const result = await ensureBundle(options.registration, bundle, { now: clock.wall(), keepForeign });
    if (result === "patched") options.onPatched();
  };
  while (!signal.aborted) {
    try {
      await look();
      recovered();
    } catch (error) {
      failed(error);
    }
    await pauses.sleep(LOOK_MILLISECONDS, signal);
  }
}
