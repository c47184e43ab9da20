import { KeycardError, messageOf } from "../errors.ts";
import { parseProxyAddress, parseVaultAddress } from "../vault/address.ts";
import type { VaultConnection } from "../vault/connection.ts";
import { parseGoDuration } from "./duration.ts";
import { proxyFromEnvironment } from "./proxy.ts";

/** Every mistake in the variables at once, one a line. */
export class VaultEnvironmentError extends KeycardError {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    const lines = mistakes.map((mistake) => `  ${mistake}`).join("\n");
    super("KEYCARD_VAULT_ENVIRONMENT", `The environment says wrongly how to reach Vault:\n${lines}`);
    this.name = "VaultEnvironmentError";
    this.mistakes = mistakes;
  }
}

/** What Vault's own clients assume. */
const DEFAULT_ADDRESS = "https://127.0.0.1:8200";
const DEFAULT_TIMEOUT_SECONDS = 60;

/** A variable that was read: its value (`""` when unset) and the name it was found under. */
interface Read {
  readonly name: string;
  readonly value: string;
}

interface Reader {
  /** @param name without `VAULT_` */
  readonly read: (name: string) => Read;
  readonly mistakes: string[];
}

/** OpenBao's name of a variable wins over Vault's, as OpenBao's own clients have it. */
function createReader(env: Readonly<Record<string, string | undefined>>): Reader {
  return {
    mistakes: [],
    read(name) {
      const bao = `BAO_${name}`;
      const vault = `VAULT_${name}`;
      return env[bao] ? { name: bao, value: env[bao] } : { name: vault, value: env[vault] ?? "" };
    },
  };
}

/** Runs a check; its complaint becomes a mistake under the variable's name. */
function checked(reader: Reader, name: string, check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    reader.mistakes.push(`${name}: ${messageOf(error)}`);
    return false;
  }
}

/** Seconds, or a duration in Go's notation or in days; 0 and unset mean the default. */
function readTimeout(reader: Reader): number {
  const { name, value } = reader.read("CLIENT_TIMEOUT");
  if (value === "") return DEFAULT_TIMEOUT_SECONDS;
  const seconds = /^\d{1,9}$/.test(value)
    ? Number(value)
    : /^\d{1,5}d$/.test(value)
      ? Number(value.slice(0, -1)) * 86_400
      : (parseGoDuration(value) ?? Number.NaN) / 1000;
  // Node's timers hold 2^31 milliseconds.
  if (seconds >= 0 && seconds <= 2_000_000) return seconds || DEFAULT_TIMEOUT_SECONDS;
  reader.mistakes.push(`${name}: ${JSON.stringify(value)} is no duration; write it like 60s or 60.`);
  return DEFAULT_TIMEOUT_SECONDS;
}

/** The words Go's `strconv.ParseBool` takes. */
function readSkipVerify(reader: Reader): boolean {
  const { name, value } = reader.read("SKIP_VERIFY");
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (value !== "" && !/^(0|f|F|false|FALSE|False)$/.test(value)) {
    reader.mistakes.push(`${name}: ${JSON.stringify(value)} is neither true nor false.`);
  }
  return false;
}

const CERTIFICATE = "-----BEGIN CERTIFICATE-----";

/** PEM, or base64 of PEM. */
function readCaBytes(reader: Reader): string {
  const { name, value } = reader.read("CACERT_BYTES");
  if (value === "" || value.includes(CERTIFICATE)) return value;
  const decoded = Buffer.from(value, "base64").toString("utf8");
  if (!decoded.includes(CERTIFICATE)) reader.mistakes.push(`${name}: it holds no PEM certificate.`);
  return decoded;
}

function readTls(reader: Reader): VaultConnection["tls"] {
  const given: readonly (readonly [keyof VaultConnection["tls"], string])[] = [
    ["caCertFile", reader.read("CACERT").value],
    ["caCertDirectory", reader.read("CAPATH").value],
    ["caCertBytes", readCaBytes(reader)],
    ["clientCertFile", reader.read("CLIENT_CERT").value],
    ["clientKeyFile", reader.read("CLIENT_KEY").value],
    ["serverName", reader.read("TLS_SERVER_NAME").value],
  ];
  const tls: VaultConnection["tls"] = {
    ...Object.fromEntries(given.filter(([, value]) => value !== "")),
    skipVerify: readSkipVerify(reader),
  };
  if ((tls.clientCertFile === undefined) !== (tls.clientKeyFile === undefined)) {
    reader.mistakes.push("VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: set both or none.");
  }
  return tls;
}

/** The address: a local agent's, when there is one, wins over Vault's. */
function readAddress(reader: Reader): Read {
  const agent = reader.read("AGENT_ADDR");
  const vault = reader.read("ADDR");
  if (agent.value !== "") return agent;
  return vault.value === "" ? { name: vault.name, value: DEFAULT_ADDRESS } : vault;
}

/** `VAULT_PROXY_ADDR` (formerly `VAULT_HTTP_PROXY`) counts whatever `NO_PROXY` says. */
function readProxy(
  reader: Reader,
  env: Readonly<Record<string, string | undefined>>,
  address: string | undefined,
): string {
  const own = [reader.read("PROXY_ADDR"), reader.read("HTTP_PROXY")].find(({ value }) => value !== "");
  const viaEnvironment = address === undefined ? "" : proxyFromEnvironment(env, address);
  const { name, value } = own ?? { name: "HTTPS_PROXY or HTTP_PROXY", value: viaEnvironment };
  checked(reader, name, () => parseProxyAddress(value));
  return value;
}

/**
 * Reads how to reach Vault, and with what token, as Vault's own clients read it from their environment.
 * @throws VaultEnvironmentError naming every mistaken variable
 */
export function vaultConnectionFromEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly connection: VaultConnection;
  readonly token: string | undefined;
} {
  const reader = createReader(env);
  const address = readAddress(reader);
  const addressIsRight = checked(reader, address.name, () => parseVaultAddress(address.value));
  const direct = !addressIsRight || address.value.startsWith("unix:");
  const connection: VaultConnection = {
    address: address.value,
    namespace: reader.read("NAMESPACE").value,
    tls: readTls(reader),
    proxyAddress: readProxy(reader, env, direct ? undefined : address.value),
    timeoutSeconds: readTimeout(reader),
  };
  if (reader.mistakes.length > 0) throw new VaultEnvironmentError(reader.mistakes);
  return { connection, token: reader.read("TOKEN").value.trim() || undefined };
}
