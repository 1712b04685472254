/** What files are called, and what they are. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { extensionOf, isRunnable, kindOf, maxNameLength, readName, readType } from "../../src/domain/Document.ts"

const nameOf = (sent: string) => {
  const read = readName(sent)
  return "name" in read ? read.name : undefined
}

describe("the name of a file", () => {
  it.each([
    ["report.pdf", "report.pdf"],
    ["  report.pdf ", "report.pdf"],
    ["/etc/passwd", "passwd"],
    ["..\\..\\windows\\system.ini", "system.ini"],
    ["a/b\\c/d.txt", "d.txt"],
    [".gitignore", ".gitignore"],
    ["Übersicht 日本 🔥.txt", "Übersicht 日本 🔥.txt"],
    ["two\nlines/x.txt", "x.txt"]
  ])("%j is %j", (sent, name) => {
    assert.strictEqual(nameOf(sent), name)
  })

  it.each(["", " ", ".", "..", "...", "a/", "a\\", "nul\u0000.txt", "a\nb", "a\u202etxt.exe", "\u0085.txt"])(
    "cannot be %j",
    (sent) => {
      assert.isUndefined(nameOf(sent))
    }
  )

  it.prop("is short, without folders and control characters, and its own name", [Schema.String], ([sent]) => {
    const name = nameOf(sent)
    if (name === undefined) return
    assert.isAtLeast(name.length, 1)
    assert.isAtMost(name.length, maxNameLength)
    assert.notMatch(name, /[\\/\p{Cc}]/u)
    assert.strictEqual(nameOf(name), name)
    assert.strictEqual(nameOf(`a/b\\${name}`), name)
  })
})

describe("the ending of a name", () => {
  it.each([
    ["a.EXE", "exe"],
    ["a.tar.gz", "gz"],
    ["a.exe. . ", "exe"],
    ["exe", ""],
    ["a.", ""],
    [".exe", "exe"]
  ])("of %j is %j", (name, extension) => {
    assert.strictEqual(extensionOf(name), extension)
  })
})

describe("a program", () => {
  it.each([
    ["setup.exe", "application/octet-stream"],
    ["a.PS1 ", "text/plain"],
    ["a.txt", "text/javascript"],
    ["photo.jpg.scr", "image/jpeg"]
  ])("is %s of type %s", (name, type) => {
    assert.isTrue(isRunnable(name, type))
  })

  it.each([
    ["exe", "application/octet-stream"],
    ["exe.txt", "text/plain"],
    ["page.html", "text/html"],
    ["drawing.svg", "image/svg+xml"],
    ["archive.zip", "application/zip"],
    ["backup.sh", "application/x-sh"]
  ])("is not %s of type %s", (name, type) => {
    assert.isFalse(isRunnable(name, type))
  })
})

describe("a media type", () => {
  it.each([
    ["Text/HTML; charset=utf-8", "text/html"],
    [" image/svg+xml ", "image/svg+xml"],
    ["application/octet-stream", undefined],
    ["text", undefined],
    ["text/", undefined],
    ["/plain", undefined],
    ["text/plain\r\nX-Evil: 1", undefined],
    ["a/b/c", undefined],
    [`text/${"x".repeat(200)}`, undefined],
    ["", undefined]
  ])("%j is %j", (sent, type) => {
    assert.strictEqual(readType(sent), type)
  })

  it.each([
    ["application/pdf", "application/pdf", "file-pdf"],
    ["image/png", "image/*", "image"],
    ["text/x-log", "text/*", "file-text"],
    ["chemical/x-pdb", "application/octet-stream", "file"]
  ])("%s is of the kind %s", (type, type_name, type_icon) => {
    assert.deepStrictEqual(kindOf(type), { type_name, type_icon })
  })

  it.prop("that is read can be in a header, and has a kind", [Schema.String], ([sent]) => {
    const type = readType(sent) ?? "application/octet-stream"
    assert.match(type, /^[!-~]+\/[!-~]+$/)
    assert.notStrictEqual(kindOf(type).type_icon, "")
  })
})
