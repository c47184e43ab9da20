import { KeycardError } from "../errors.ts";

/** A Vault address taken apart. */
export interface VaultAddress {
  /** Where requests go; a Unix socket's is `http://localhost`. Without a trailing slash. */
  readonly base: URL;
  readonly unixSocket: string | undefined;
}

/** An address or proxy that nothing can connect to. */
export class VaultAddressError extends KeycardError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("KEYCARD_VAULT_ADDRESS", message, options);
    this.name = "VaultAddressError";
  }
}

function parseUrl(text: string, what: string, example: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new VaultAddressError(`${what} ${JSON.stringify(text)} is no URL: write it like ${example}.`, {
      cause,
    });
  }
}

/** @throws VaultAddressError */
export function parseVaultAddress(address: string): VaultAddress {
  if (address.startsWith("unix://")) {
    const path = address.slice("unix://".length);
    if (!path.startsWith("/")) {
      throw new VaultAddressError(
        `Vault address ${JSON.stringify(address)} names no absolute path: write it like unix:///run/vault.sock.`,
      );
    }
    return { base: new URL("http://localhost"), unixSocket: path };
  }
  const example = "https://vault.example.com:8200 or unix:///run/vault.sock";
  const url = parseUrl(address, "Vault address", example);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new VaultAddressError(
      `Vault address ${JSON.stringify(address)} has no known scheme: write it like ${example}.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new VaultAddressError(
      `Vault address for host ${url.host} must be scheme, host, port and path alone: write it like ${example}.`,
    );
  }
  if (/.\/+$/.test(url.pathname)) url.pathname = url.pathname.replace(/\/+$/, "");
  return { base: url, unixSocket: undefined };
}

/**
 * @returns undefined for `""`, which means: connect directly.
 * @throws VaultAddressError
 */
export function parseProxyAddress(address: string): URL | undefined {
  if (address === "") return undefined;
  const example = "http://proxy.example.com:3128";
  // Written without a scheme it is an HTTP proxy, as Go programs read HTTPS_PROXY.
  const url = parseUrl(address.includes("://") ? address : `http://${address}`, "proxy address", example);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new VaultAddressError(
      `Proxy ${url.protocol}//${url.host} is of a kind that is not supported: write it like ${example}.`,
    );
  }
  try {
    decodeURIComponent(`${url.username}${url.password}`);
  } catch (cause) {
    throw new VaultAddressError(
      `Proxy ${url.host}: its user or password has a % that begins no valid escape.`,
      {
        cause,
      },
    );
  }
  return url;
}

/** The URL of an API path below an address. */
export function apiUrl(base: URL, path: string, query: Readonly<Record<string, string>>): URL {
  const clean = path.replace(/^\/+/, "").toWellFormed();
  const escaped = encodeURI(clean).replace(/[?#]/g, encodeURIComponent);
  const url = new URL(`${base.origin}${base.pathname.replace(/\/+$/, "")}/v1/${escaped}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  return url;
}
