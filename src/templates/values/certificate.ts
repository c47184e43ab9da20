import { decodeJson } from "./json-decode.ts";
import { getter, List, MapValue, type Method, nilList, Struct, stringList, type Value } from "./value.ts";

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** What `pkiCert` returns: PEM texts; `.Data` is the same again, so that it reads like a secret. */
class CertificateBundle extends Struct {
  readonly #data = getter(() => this);

  constructor(fields: ReadonlyMap<string, Value>) {
    super("dependency.PemEncoded", fields, false);
  }

  override method(name: string): Method | undefined {
    return name === "Data" ? this.#data : undefined;
  }
}

/** Every text of an answer's data, lists (the CA chain) included. */
function textsIn(data: Value): string[] {
  if (!(data instanceof MapValue)) return [];
  const texts: string[] = [];
  for (const [key, value] of data.entries()) {
    if (typeof value === "string") texts.push(value);
    else if (key === "ca_chain" && value instanceof List) {
      texts.push(...value.items.filter((item) => typeof item === "string"));
    }
  }
  return texts;
}

/**
 * The certificate, key and authorities in Vault's answer to a request for a certificate (bytes).
 * @param isAuthority whether a PEM certificate is that of a CA. @throws whatever it throws for no certificate
 */
export function certificateBundle(body: string, isAuthority: (pem: string) => boolean): Value {
  const answer = decodeJson(body, "json.Number");
  const data = answer instanceof MapValue ? answer.get("data") : undefined;
  let certificate = "";
  let key = "";
  const authorities = new Set<string>();
  for (const match of textsIn(data).join("\n").matchAll(PEM)) {
    const pem = `${match[0]}\n`;
    if (match[1]?.endsWith("PRIVATE KEY")) key = pem;
    else if (isAuthority(pem)) authorities.add(pem);
    else certificate = pem;
  }
  const [first = ""] = authorities;
  return new CertificateBundle(
    new Map<string, Value>([
      ["Cert", certificate],
      ["Key", key],
      ["CA", first],
      ["CAChain", authorities.size === 0 ? nilList("string") : stringList([...authorities])],
    ]),
  );
}
