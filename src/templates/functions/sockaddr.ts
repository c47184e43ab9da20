import { fromBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { parse } from "../language/parser.ts";
import { Source } from "../language/source.ts";
import type { Meter } from "../limits.ts";
import type { HostNetwork, InterfaceAddress } from "../network/index.ts";
import { EvaluationError } from "../render/evaluation-error.ts";
import { Evaluator } from "../render/evaluator.ts";
import { Run } from "../render/run.ts";
import { compileRegex } from "../values/regular-expression.ts";
import { ANY, getter, List, type Method, Struct, type Value } from "../values/value.ts";
import type { Arguments } from "./arguments.ts";
import { BUILTINS } from "./builtins.ts";
import { COMPARISONS } from "./comparisons.ts";
import { ESCAPES } from "./escapes.ts";
import { define, type Library, library } from "./function-spec.ts";

type Network = typeof import("../network/index.ts");

const ADDRESSES = "sockaddr.IfAddrs";
const DELIMITERS = { left: "{{", right: "}}" };
/** Steps that a call counts for beside its own: it looks at the host's interfaces. */
const CALL_STEPS = 200;

/** One address of an interface as templates see it. */
class AddressValue extends Struct {
  readonly address: InterfaceAddress;
  readonly #network: Network;

  constructor(address: InterfaceAddress, network: Network) {
    const { index, mtu, name } = address.interface;
    const fields: [string, Value][] = [
      ["Index", BigInt(index)],
      ["MTU", BigInt(mtu)],
      ["Name", name],
    ];
    super("sockaddr.IfAddr", new Map(fields), false);
    this.address = address;
    this.#network = network;
  }

  override stringer(): string {
    return this.#network.interfaceAddressText(this.address);
  }

  override method(name: string): Method | undefined {
    if (name === "String") return getter(() => this.stringer());
    if (name !== "Attr") return undefined;
    return {
      parameters: ["string"],
      call: ([attribute]) => {
        if (typeof attribute !== "string") throw new FunctionError("expected the name of an attribute");
        return this.#network.attributeOf(this.address, attribute);
      },
    };
  }
}

/** A list of them, which only these functions make. */
class AddressList extends List {
  override get type(): string {
    return ADDRESSES;
  }
}

/** The functions of go-sockaddr's own templates, on one host's network. */
class AddressFunctions {
  readonly #network: Network;
  readonly #host: HostNetwork;
  readonly #meter: Meter;

  constructor(network: Network, host: HostNetwork, meter: Meter) {
    this.#network = network;
    this.#host = host;
    this.#meter = meter;
  }

  #list(addresses: readonly InterfaceAddress[]): AddressList {
    return new AddressList(
      "sockaddr.IfAddr",
      addresses.map((address) => new AddressValue(address, this.#network)),
    );
  }

  #addresses(value: Value): InterfaceAddress[] {
    const items = value instanceof AddressList ? value.items : [value];
    return items.map((item) => {
      if (!(item instanceof AddressValue)) throw new FunctionError("expected addresses of interfaces");
      return item.address;
    });
  }

  #select(addresses: readonly InterfaceAddress[], selector: string, value: string) {
    const compile = (pattern: string) => {
      const expression = compileRegex(pattern, this.#meter);
      return (text: string): boolean => expression.find(text) !== undefined;
    };
    return this.#network.select(addresses, selector, value, compile);
  }

  #sort(addresses: readonly InterfaceAddress[], order: string): InterfaceAddress[] {
    return this.#network.sortAddresses(addresses, order, this.#host.defaultInterface);
  }

  all(): AddressList {
    return this.#list(this.#network.allAddresses(this.#host));
  }

  #default(): InterfaceAddress[] {
    const name = this.#host.defaultInterface;
    if (name === undefined) throw new FunctionError("no default interface found");
    return this.#network.allAddresses(this.#host).filter((address) => address.interface.name === name);
  }

  /** Private or public addresses that can be reached, those of the default interface first. */
  #reachable(which: "included" | "excluded"): InterfaceAddress[] {
    const { allAddresses, isForwardable, isUp } = this.#network;
    const up = allAddresses(this.#host).filter((address) => isForwardable(address) && isUp(address));
    return [...this.#select(this.#sort(up, "default,type,size"), "rfc", "6890")[which]];
  }

  /** All private or public addresses, in one text. */
  #every(which: "included" | "excluded"): string {
    const sorted = this.#sort(this.#network.allAddresses(this.#host), "type,size");
    const selected = this.#select(sorted, "rfc", "6890")[which];
    const shown = which === "excluded" ? selected : selected.filter(this.#network.isForwardable);
    return shown.map(this.#network.hostText).join(" ");
  }

  #ofInterface(pattern: string): InterfaceAddress[] {
    const named = this.#select(this.#network.allAddresses(this.#host), "name", pattern).included;
    return this.#sort(named, "type,size");
  }

  #first(addresses: readonly InterfaceAddress[]): string {
    const [first] = addresses;
    return first ? this.#network.hostText(first) : "";
  }

  /** Functions that find addresses. */
  sources(): Library {
    const list = (of: () => InterfaceAddress[]) => define([], () => this.#list(of()));
    const { isForwardable, hostText } = this.#network;
    return library({
      GetAllInterfaces: define([], () => this.all()),
      GetDefaultInterfaces: list(() => this.#default()),
      GetPrivateInterfaces: list(() => this.#reachable("included")),
      GetPublicInterfaces: list(() => this.#reachable("excluded")),
      GetPrivateIP: define([], () => this.#first(this.#reachable("included"))),
      GetPublicIP: define([], () => this.#first(this.#reachable("excluded"))),
      GetPrivateIPs: define([], () => this.#every("included")),
      GetPublicIPs: define([], () => this.#every("excluded")),
      GetInterfaceIP: define(["string"], (args) =>
        this.#first(this.#ofInterface(args.string(0)).filter(isForwardable)),
      ),
      GetInterfaceIPs: define(["string"], (args) =>
        this.#ofInterface(args.string(0)).map(hostText).join(" "),
      ),
    });
  }

  /** Functions that work on addresses, which they take last. */
  operations(): Library {
    const { attributeOf, calculate, uniqueAddresses } = this.#network;
    const given = (args: Arguments): InterfaceAddress[] => this.#addresses(args.any(args.count - 1));
    const selecting = (which: "included" | "excluded") =>
      define(["string", "string", ADDRESSES], (args) =>
        this.#list(this.#select(given(args), args.string(0), args.string(1))[which]),
      );
    return library({
      include: selecting("included"),
      exclude: selecting("excluded"),
      sort: define(["string", ADDRESSES], (args) => this.#list(this.#sort(given(args), args.string(0)))),
      unique: define(["string", ADDRESSES], (args) =>
        this.#list(uniqueAddresses(given(args), args.string(0))),
      ),
      limit: define(["uint", ADDRESSES], (args) => this.#list(given(args).slice(0, args.size(0)))),
      offset: define(["int", ADDRESSES], (args) => {
        const addresses = given(args);
        if (Math.abs(args.size(0)) > addresses.length) {
          throw new FunctionError(
            `the offset ${args.size(0)} is past the end of ${addresses.length} addresses`,
          );
        }
        return this.#list(addresses.slice(args.size(0)));
      }),
      attr: define(["string", ANY], (args) => {
        const [first] = given(args);
        return first ? attributeOf(first, args.string(0)) : "";
      }),
      join: define(["string", "string", ADDRESSES], (args) =>
        given(args)
          .map((address) => attributeOf(address, args.string(0)))
          .join(args.string(1)),
      ),
      math: define(["string", "string", ADDRESSES], (args) =>
        this.#list(given(args).map((address) => calculate(address, args.string(0), args.string(1)))),
      ),
    });
  }
}

/** What go-sockaddr's functions throw becomes the mistake of the call. */
function guarded(functions: Library): Library {
  return new Map(
    [...functions].map(([name, { parameters, call }]) => [
      name,
      define(parameters, (args) => args.run.attempt(() => call(args))),
    ]),
  );
}

/** Its arguments, put together, are a pipeline in go-sockaddr's own template language. */
function evaluate(args: Arguments, network: Network): string {
  const { run } = args;
  run.meter.step(CALL_STEPS);
  const host = (run.context.network ?? network.readHostNetwork)();
  const ours = new AddressFunctions(network, host, run.meter);
  const functions: Library = new Map([
    ...BUILTINS,
    ...COMPARISONS,
    ...ESCAPES,
    ...guarded(ours.sources()),
    ...guarded(ours.operations()),
  ]);
  const text = `{{ ${args.strings(0).join(" ")} }}`;
  run.meter.allocate(text.length);
  const source = new Source("sockaddr", fromBytes(text));
  const definitions = parse(source, DELIMITERS, (name) =>
    functions.has(name)
      ? undefined
      : { code: "KEYCARD_TEMPLATE_FUNCTION_UNKNOWN", problem: `function ${name} is not defined` },
  );
  try {
    return new Evaluator(new Run(run.context, run.meter), functions, definitions, true).execute(ours.all());
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const { start, end } = error.at;
    throw new FunctionError(`at <${source.excerpt(start, end)}>: ${error.message}`);
  }
}

/** go-sockaddr's templates inside of templates: `sockaddr "GetPrivateIP"`. */
export function sockaddr(network: Network): Library {
  return library({
    sockaddr: define(["...string"], (args) => args.run.attempt(() => evaluate(args, network))),
  });
}
