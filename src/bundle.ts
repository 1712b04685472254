/**
 * The program as a few files instead of two thousand, without what only people read: it starts sooner, and in two
 * thirds of the memory. It is made when packages are installed, and when the service starts with sources that have changed since,
 * and kept in `.cache`. Commands run from the sources until then.
 *
 * Plain Node, as it comes before anything else is loaded.
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** The folder of the bundle of the sources as they are now, whether it is there or not. */
export const bundleDirectory = () => join(root, ".cache", `bundle-${stateOfSources()}`)

/** Makes the bundle, in a process that keeps the memory it takes to itself. Where that fails, there is none. */
export const makeBundle = async () => {
  const bundling = spawn(process.execPath, [join(root, "src/bundling.ts")], { stdio: ["ignore", "ignore", "inherit"] })
  await once(bundling, "exit")
}

/** Changes with every change of a file that a bundle is made of. */
const stateOfSources = () => {
  const hash = createHash("sha256").update(process.version)
  for (const file of ["package-lock.json", ...filesUnder("src"), ...filesUnder("ee")].sort()) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest("hex").slice(0, 16)
}

const filesUnder = (folder: string) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file))
    : []
