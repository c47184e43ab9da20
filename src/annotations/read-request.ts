import { notificationsOf } from "./notify.ts";
import { quoted } from "./printable.ts";
import { readAgent } from "./read-agent.ts";
import { rejectCollisions } from "./read-files.ts";
import { readNative } from "./read-native.ts";
import { readPostgres } from "./read-postgres.ts";
import { readSecrets, readVolumePath } from "./read-secrets.ts";
import { readTelemetry } from "./read-telemetry.ts";
import { readAuth, readVault } from "./read-vault.ts";
import {
  type Reading,
  readBoolean,
  readChoice,
  readInteger,
  readList,
  readNumber,
  readOptionalBoolean,
  readText,
  readUnsignedInteger,
  reject,
  writtenAs,
} from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import { requireAgent } from "./required.ts";

/** Reads everything a pod can ask for. Where a problem was found, what stands in its place means nothing. */
export function readRequest(reading: Reading, namespace: string, statusKey: string): InjectionRequest {
  const secretVolumePath = readVolumePath(reading);
  const secrets = readSecrets(reading, secretVolumePath);
  const postgres = readPostgres(reading, secretVolumePath);
  const injectToken = readBoolean(reading, "agent-inject-token");
  rejectCollisions(reading, secrets, postgres, injectToken ? `${secretVolumePath}/token` : undefined);
  const native = readNative(reading, { secrets: byName(secrets), postgres: byName(postgres) });
  const signals = notificationsOf(native).some(({ kind }) => kind === "signal");
  const request: InjectionRequest = {
    engine: reading.engine,
    flavour: reading.settings.flavour,
    namespace,
    statusKey,
    ...readPlace(reading),
    shareProcessNamespace: readShareProcessNamespace(reading, signals),
    secrets,
    postgres,
    defaultTemplate: readChoice(reading, "agent-inject-default-template") === "json" ? "json" : "map",
    secretVolumePath,
    injectToken,
    vault: readVault(reading),
    auth: readAuth(reading),
    agent: readAgent(reading),
    templateConfig: {
      exitOnRetryFailure: readBoolean(reading, "template-config-exit-on-retry-failure"),
      staticSecretRenderInterval: readText(reading, "template-static-secret-render-interval"),
      maxConnectionsPerHost: readInteger(reading, "template-max-connections-per-host"),
      leaseRenewalThreshold: readNumber(reading, "template-lease-renewal-threshold"),
    },
    disableIdleConnections: readParts(reading, "agent-disable-idle-connections"),
    disableKeepAlives: readParts(reading, "agent-disable-keep-alives"),
    cache: {
      enable: readBoolean(reading, "agent-cache-enable"),
      useAutoAuthToken: readText(reading, "agent-cache-use-auto-auth-token"),
      listenerPort: readText(reading, "agent-cache-listener-port"),
      exitOnError: readBoolean(reading, "agent-cache-exit-on-err"),
    },
    telemetry: readTelemetry(reading),
    native,
  };
  requireAgent(reading, request);
  return request;
}

function byName<Item extends { readonly name: string }>(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [item.name, item]));
}

type Place =
  | "initFirst"
  | "prePopulate"
  | "prePopulateOnly"
  | "containers"
  | "copyVolumeMountsFrom"
  | "revokeOnShutdown"
  | "revokeGraceSeconds"
  | "enableQuit";

function readPlace(reading: Reading): Pick<InjectionRequest, Place> {
  const containers = writtenAs(reading, "agent-inject-containers");
  return {
    initFirst: readBoolean(reading, "agent-init-first"),
    prePopulate: readBoolean(reading, "agent-pre-populate"),
    prePopulateOnly: readBoolean(reading, "agent-pre-populate-only"),
    containers: containers === undefined ? undefined : readList(reading, "agent-inject-containers"),
    copyVolumeMountsFrom: readText(reading, "agent-copy-volume-mounts") || undefined,
    revokeOnShutdown: readBoolean(reading, "agent-revoke-on-shutdown"),
    revokeGraceSeconds: readUnsignedInteger(reading, "agent-revoke-grace"),
    enableQuit: readBoolean(reading, "agent-enable-quit"),
  };
}

/** A signal can only reach the app in a shared process namespace, so asking for one asks for the other. */
function readShareProcessNamespace(reading: Reading, signals: boolean): boolean | undefined {
  const shared = readOptionalBoolean(reading, "agent-share-process-namespace");
  const written = writtenAs(reading, "agent-share-process-namespace");
  if (signals && shared === false && written !== undefined) {
    reject(reading, written, `keycard.dev/notify with a signal needs true, got ${quoted(written.value)}`);
  }
  return signals ? true : shared;
}

/** No value at all means no part, not a part without a name. */
function readParts(
  reading: Reading,
  name: "agent-disable-idle-connections" | "agent-disable-keep-alives",
): readonly string[] {
  const parts = readList(reading, name);
  return parts.length === 1 && parts[0] === "" ? [] : parts;
}
