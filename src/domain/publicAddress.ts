/** Which addresses are on the public internet. Pure: no name is resolved here. */
import { Result } from "effect"
import { IpNetwork, NetAddress } from "effect/net"

const networks = (ranges: ReadonlyArray<string>) => ranges.map(IpNetwork.fromStringUnsafe)

/** IPv4 that leads to ourselves, our neighbours or nobody: the special-purpose registry of IANA. */
const special4 = networks([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4"
])

/** All that IPv6 hands out to the public internet. */
const global6 = networks(["2000::/3"])

/** Within it: protocol use (Teredo among it), documentation, and 6to4, which carries an IPv4 address. */
const special6 = networks(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"])

const within = (ranges: ReadonlyArray<IpNetwork.IpNetwork>, address: NetAddress.IpAddress) =>
  ranges.some((range) => IpNetwork.contains(range, address))

/** Whether the text is an IP address, IPv4 or IPv6 without brackets, on the public internet. */
export const isPublicAddress = (text: string): boolean => {
  // A zone, as in fe80::1%eth0, names an interface of ours.
  if (text.includes("%")) return false
  return Result.match(NetAddress.ipFromString(text), {
    onFailure: () => false,
    onSuccess: (parsed) => {
      const address = NetAddress.toCanonical(parsed)
      return NetAddress.isIpv4Address(address)
        ? !within(special4, address)
        : within(global6, address) && !within(special6, address)
    }
  })
}

/** Whether the host of a URL names this machine, or is an IP address that is not on the public internet. */
export const isPrivateHost = (hostname: string): boolean => {
  const host = hostname.toLowerCase().replace(/\.+$/, "")
  if (host === "" || host === "localhost" || host.endsWith(".localhost")) return true
  const literal = host.startsWith("[") ? host.slice(1, -1) : host
  return Result.isSuccess(NetAddress.ipFromString(literal)) && !isPublicAddress(literal)
}
