/**
 * The addresses of the host's interfaces, for the few templates that ask `sockaddr`. It imports nothing of the
 * rest, so that the agent has it as a bundle of its own, loaded when a template needs it.
 */
export { type HostNetwork, type NetworkInterface, readHostNetwork } from "./host-network.ts";
export {
  allAddresses,
  attributeOf,
  hostText,
  type InterfaceAddress,
  interfaceAddressText,
  isUp,
} from "./interface-address.ts";
export { calculate } from "./math.ts";
export { isForwardable, select } from "./select.ts";
export { sortAddresses, uniqueAddresses } from "./sort.ts";
