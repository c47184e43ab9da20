import { type Rendering, renderAgainstVault } from "../../src/cli/template/render-against-vault.ts";
import type { RunningVault } from "../../src/dev/running-vault.ts";
import {
  type FetchRequest,
  type FetchResponse,
  loadTemplateLibraries,
  NoSecretError,
  parseTemplate,
  type Send,
  TemplateError,
} from "../../src/templates/index.ts";
import { CORPUS_ENVIRONMENT, type CorpusEntry, type Outcome } from "./corpus.ts";

/** One request to Vault and its answer. */
export interface Exchange {
  readonly request: string;
  readonly status: number;
  readonly body: string;
}

/** Vault refused a request. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`Vault answered with status ${status}`);
    this.status = status;
  }
}

function toResponse({ status, body }: Exchange): FetchResponse {
  if (status >= 400) throw new Refusal(status);
  const parsed: unknown = body === "" ? {} : JSON.parse(body);
  const { data } = parsed as { data?: { readonly [key: string]: unknown } | null };
  return { status, body, data: data ?? null };
}

const keyOf = ({ method, path, query, body }: FetchRequest): string =>
  `${method} ${path}?${new URLSearchParams(query)} ${body === undefined ? "" : JSON.stringify(body)}`;

/** Renders an entry; undefined when the template is refused or fails. */
async function render(entry: CorpusEntry, send: Send<FetchResponse>): Promise<Outcome> {
  try {
    const template = parseTemplate(entry.template, { name: "corpus", ...entry });
    await loadTemplateLibraries(template);
    const rendering: Rendering<FetchResponse> = await renderAgainstVault(template, {
      env: CORPUS_ENVIRONMENT,
      send,
      signal: new AbortController().signal,
    });
    return Buffer.from(rendering.bytes);
  } catch (error) {
    if (error instanceof TemplateError || error instanceof NoSecretError || error instanceof Refusal)
      return undefined;
    throw error;
  }
}

/** Recordings go into the repository: nothing in them may look like a credential that works. */
function withoutCredentials(body: string): string {
  return body
    .replace(/hvs\.[\w-]+/g, "a-token-that-was-not-recorded")
    .replace(/(PRIVATE KEY-----\\n)[^-]+(?=\\n-----END)/g, "$1bm90IHJlY29yZGVk");
}

export interface VaultRenderer {
  readonly exchanges: readonly Exchange[];
  render(entry: CorpusEntry): Promise<Outcome>;
  close(): void;
}

/** Renders against a running Vault, and keeps what was exchanged with it. */
export function createVaultRenderer(vault: RunningVault): VaultRenderer {
  const exchanges = new Map<string, Exchange>();
  const send: Send<FetchResponse> = async (request) => {
    const query = new URLSearchParams({
      ...request.query,
      ...(request.method === "LIST" ? { list: "true" } : {}),
    });
    const answer = await fetch(`${vault.address}/v1/${request.path}?${query}`, {
      method: request.method === "LIST" ? "GET" : request.method,
      headers: { "x-vault-token": vault.rootToken },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const exchange = { request: keyOf(request), status: answer.status, body: await answer.text() };
    exchanges.set(exchange.request, { ...exchange, body: withoutCredentials(exchange.body) });
    return toResponse(exchange);
  };
  return {
    get exchanges() {
      return [...exchanges.values()].sort((a, b) => (a.request < b.request ? -1 : 1));
    },
    render: (entry) => render(entry, send),
    close: () => exchanges.clear(),
  };
}

/** Renders with recorded answers in place of a Vault. */
export function createReplayRenderer(
  recorded: readonly Exchange[],
): (entry: CorpusEntry) => Promise<Outcome> {
  const exchanges = new Map(recorded.map((exchange) => [exchange.request, exchange]));
  return (entry) =>
    render(entry, async (request) => {
      const exchange = exchanges.get(keyOf(request));
      if (!exchange) throw new Error(`no answer is recorded for ${keyOf(request)}; record the corpus again`);
      return toResponse(exchange);
    });
}
