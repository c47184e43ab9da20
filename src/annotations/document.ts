import { shownDefault, shownKey, shownNotes, shownType } from "./describe.ts";
import type { AnnotationSpec, ValueType } from "./spec.ts";
import { SECTIONS } from "./table.ts";

const INTRODUCTION = `# Annotations

<!-- Made by scripts/generate-docs.ts from the table in src/annotations: change it there. -->

\`keycard explain\` prints the same; \`keycard explain agent-inject-secret-db\` prints one.

## A PostgreSQL login in three annotations

\`\`\`yaml
metadata:
  annotations:
    keycard.dev/inject: "true"
    keycard.dev/role: shop
    keycard.dev/postgres-orders: database/creds/shop
\`\`\`

The app finds \`username\`, \`password\` and [more](postgresql.md#what-the-application-finds) under
\`/vault/secrets/orders\`. With \`keycard.dev/postgres-orders-url\` it also finds whole connection strings, and
every new login is tried before the app gets to see it. Where the Namespace carries \`keycard.dev/role\`, the pod
need not.

## Opting in

A pod gets an agent when it carries \`vault.hashicorp.com/agent-inject: "true"\` (or \`openbao.org/agent-inject\`)
or \`keycard.dev/inject: "true"\`. Where both are present, \`keycard.dev/inject\` decides. Nothing else opts a pod
in: no other annotation, and none of its Namespace. The pods of a Deployment carry what stands under its
\`spec.template.metadata.annotations\`; annotations of the Deployment itself are not read.

## Prefixes

The Vault Agent Injector's annotations are read under \`vault.hashicorp.com/\` and \`openbao.org/\`
(\`KEYCARD_VAULT_ANNOTATION_PREFIXES\`); below they stand under the first. Where a pod carries the same name under
both, the first prefix of the setting wins, under the OpenBao flavour \`openbao.org/\`; if the values differ, a
warning says so. Keycard's own stand under \`keycard.dev/\` (\`KEYCARD_ANNOTATION_PREFIX\`) only. The manifests send
pods with these prefixes to the webhook, and no others: who sets another one adds it to the \`matchConditions\` of the
MutatingWebhookConfiguration and to the ValidatingAdmissionPolicy, or such pods start without their secrets.

## Where a value comes from

1. The pod's annotation.
2. The annotation of the same name on its Namespace, where the tables below allow it. Namespaces are watched,
   so this needs an API server; \`keycard inject\` goes without.
3. The operator's setting, where there is one; else the default below.

## Values

| type | what may be written | what an empty value means |
| --- | --- | --- |
`;

const TYPES: readonly { readonly type: ValueType; readonly accepts: string; readonly empty: string }[] = [
  {
    type: "boolean",
    accepts: "`true`, `True`, `TRUE`, `t`, `T`, `1`, and the same of false",
    empty: "`false`, with a warning",
  },
  {
    type: "integer",
    accepts: "a whole number, with or without sign",
    empty: "`0`; refused where that would be root",
  },
  { type: "unsigned integer", accepts: "a whole number without sign", empty: "refused" },
  { type: "number", accepts: "a finite number", empty: "refused" },
  {
    type: "duration",
    accepts: "Go's notation: `30s`, `1m30s`, `250ms`",
    empty: "none, whatever the setting says",
  },
  {
    type: "quantity",
    accepts: "Kubernetes' notation: `250m`, `64Mi`",
    empty: "none, whatever the setting says",
  },
  { type: "list", accepts: "entries with commas between them", empty: "no entry" },
  { type: "JSON patch", accepts: "an array of RFC 6902 operations, or `null` for none", empty: "none" },
  { type: "JSON or text", accepts: "JSON, or else text", empty: "empty text" },
  { type: "text", accepts: "anything", empty: "nothing, whatever the setting says" },
];

const NAMES = `
Every mistake of a pod is reported in one answer, each under its full key.

## Names

NAME and PARAM are part of the key. A secret NAME is declared by a value, not blank, of
\`agent-inject-secret-NAME\`, \`agent-inject-template-NAME\` or \`agent-inject-template-file-NAME\`. All other
annotations with the same NAME, letter by letter, belong to it; without a declared secret they have no effect,
and a warning says so. Secrets are read in the order of their names.

A login NAME is declared by \`keycard.dev/postgres-NAME\`. A key that ends in \`-url\`, \`-verify\` or
\`-verify-failure\` never declares one: it always belongs to the NAME before its ending, and is refused when that
is not declared.

## Policy

Operators can refuse what annotations ask for. The denial names the setting.

| setting | refuses |
| --- | --- |
| \`KEYCARD_POLICY_ALLOWED_IMAGES\` | images that are not listed, exactly or by a prefix that ends in \`*\` |
| \`KEYCARD_POLICY_ALLOWED_VAULT_ADDRESSES\` | addresses whose scheme, host and port are not listed |
| \`KEYCARD_POLICY_ALLOWED_AUTH_PATHS\` | auth paths that are not listed |
| \`KEYCARD_POLICY_DENY_ROOT\` | user or group 0, and doing without a security context |
| \`KEYCARD_POLICY_DENY_TLS_SKIP_VERIFY\` | \`tls-skip-verify\` |
| \`KEYCARD_POLICY_DENY_JSON_PATCH\` | \`agent-json-patch\`, \`agent-init-json-patch\` |
| \`KEYCARD_POLICY_LOCKED_ANNOTATIONS\` | the listed names, without prefix, on pods |

What the operator's own setting says is always allowed. The bounds also refuse what could get around them: JSON
patches of the parts of a container that they guard, and \`agent-configmap\` where Vault is bounded. They bind
pods and Namespaces; locks bind pods only, so that a Namespace can decide for its pods. Not even both keep a command
from what it likes: where that matters, lock \`agent-inject-command\`.
`;

/** The documentation of every annotation, in Markdown. */
export function annotationsDocument(): string {
  const types = TYPES.map(({ type, accepts, empty }) => `| ${type} | ${accepts} | ${empty} |`);
  const sections = SECTIONS.map(({ title, specs }) => section(title, specs));
  return `${INTRODUCTION}${types.join("\n")}\n${NAMES}\n${sections.join("\n")}`;
}

function section(title: string, specs: readonly AnnotationSpec[]): string {
  return `## ${title}\n\n${specs.map(entry).join("\n")}`;
}

function entry(spec: AnnotationSpec): string {
  const facts = [
    `Value: ${shownType(spec)}`,
    `default: ${shownDefault(spec)}`,
    `engines: ${spec.engines.join(", ")}`,
    ...(spec.onNamespace ? ["may stand on a Namespace"] : []),
  ];
  const notes = shownNotes(spec).map((note) => `- ${note}\n`);
  const list = notes.length === 0 ? "" : `\n${notes.join("")}`;
  return `### \`${shownKey(spec)}\`\n\n${spec.help}\n\n${facts.join(" · ")}\n${list}`;
}
