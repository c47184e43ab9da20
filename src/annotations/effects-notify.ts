import { printableKey } from "./printable.ts";
import { type Reading, writtenAs } from "./reading.ts";
import type { InjectionRequest, NotifyRequest } from "./request.ts";
import { keyOf, type Written } from "./written.ts";

/** Warns of ways to tell the app that do nothing, or less than one would think. */
export function warnOfNotifyEffects(reading: Reading, request: InjectionRequest): void {
  if (reading.engine !== "native") return;
  for (const written of reading.written.byName.values()) {
    if (written.on !== "pod") continue;
    const because = whyIdle(reading, request, written);
    if (because !== undefined) reading.findings.warn(`${printableKey(written.key)} ${because}`);
  }
}

function whyIdle(reading: Reading, request: InjectionRequest, { spec, suffix }: Written): string | undefined {
  const { notify, notifyOf } = request.native;
  const own = suffix === undefined ? undefined : notifyOf.get(suffix);
  switch (spec.name) {
    case "keycard.dev/notify":
      return whyUnheard(reading, request, own ?? notify);
    case "keycard.dev/env":
      return whyStale(reading, request, suffix ?? "", own ?? notify);
    default:
      return undefined;
  }
}

function whyUnheard(
  reading: Reading,
  { prePopulateOnly, agent }: InjectionRequest,
  notify: NotifyRequest,
): string | undefined {
  if (prePopulateOnly) return "has no effect: agent-pre-populate-only leaves out the sidecar";
  const choseUser = agent.runAsSameUser || writtenAs(reading, "agent-run-as-user") !== undefined;
  return notify.kind === "signal" && !choseUser
    ? 'reaches only processes of the agent\'s user: add agent-run-as-same-user: "true"'
    : undefined;
}

/** A variable keeps the value that it had when its container started. */
function whyStale(
  { settings }: Reading,
  { prePopulateOnly }: InjectionRequest,
  name: string,
  notify: NotifyRequest,
): string | undefined {
  if (prePopulateOnly || notify.kind === "restart") return undefined;
  const key = keyOf(settings, `keycard.dev/notify-${name}`);
  const advice = settings.restartInPlace
    ? `add ${printableKey(key)}: "restart"`
    : "let the app read the file";
  return `is read only when a container starts, and the secret will change: ${advice}`;
}
