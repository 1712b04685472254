/** The types of asset: the built-in ones, which every tenant has, and a tenant's own. */

/** The types that a tenant starts with, in their order. */
export const builtInAssetTypes = [
  { slug: "workstation", name: "Workstation", icon: "monitor" },
  { slug: "network_device", name: "Network device", icon: "network" },
  { slug: "server", name: "Server", icon: "server" },
  { slug: "mobile_device", name: "Mobile device", icon: "smartphone" },
  { slug: "printer", name: "Printer", icon: "printer" },
  { slug: "unknown", name: "Unknown", icon: "help-circle" }
] as const
