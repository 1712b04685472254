import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { analyticsOf, judgeDeletions, treeOf } from "../../src/domain/categoryTrees.ts"

const category = (category_id: string, parent_category: string | null = null, uses = 0) => ({
  category_id,
  parent_category,
  uses
})

/** A > B > C, and D by itself. */
const found = [category("a"), category("b", "a"), category("c", "b"), category("d")]

const inUse = (id: string, uses: number) => found.map((one) => (one.category_id === id ? { ...one, uses } : one))

describe("what is deleted of several categories", () => {
  it("is what has nothing below it that stays", () => {
    assert.deepStrictEqual(judgeDeletions(["a", "d"], found, "ticket", false), {
      deleted: ["d"],
      errors: [{ category_id: "a", message: "The category has 2 subcategories" }]
    })
    assert.deepStrictEqual(judgeDeletions(["a", "c"], found, "ticket", false), {
      deleted: ["c"],
      errors: [{ category_id: "a", message: "The category has 1 subcategory" }]
    })
    assert.deepStrictEqual(judgeDeletions(["c", "b", "a"], found, "ticket", false), {
      deleted: ["c", "b", "a"],
      errors: []
    })
  })

  it("is with all below it, if that is wanted", () => {
    assert.deepStrictEqual(judgeDeletions(["a", "b"], found, "ticket", true), { deleted: ["a", "b", "c"], errors: [] })
  })

  it("is never what is in use, nor what that is in", () => {
    assert.deepStrictEqual(judgeDeletions(["a", "b", "c", "d"], inUse("b", 1), "ticket", true), {
      deleted: ["c", "d"],
      errors: [
        { category_id: "a", message: "Its subcategories have 1 ticket" },
        { category_id: "b", message: "The category has 1 ticket" }
      ]
    })
    assert.deepStrictEqual(judgeDeletions(["d", "d"], inUse("d", 3), "service", true).errors, [
      { category_id: "d", message: "The category has 3 services" }
    ])
  })

  it("is not what is not there", () => {
    assert.deepStrictEqual(judgeDeletions(["x"], [], "ticket", true), {
      deleted: [],
      errors: [{ category_id: "x", message: "Category not found" }]
    })
  })

  const ids = ["0", "1", "2", "3", "4", "5", "6", "7"]
  const Case = Schema.Struct({
    // The parent of each is one before it, or nothing.
    parents: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 7 }))),
    used: Schema.Array(Schema.Boolean),
    wanted: Schema.Array(Schema.Boolean),
    force: Schema.Boolean
  })

  it.prop("leaves no category without its parent, and no ticket without its category", [Case], ([given]) => {
    const all = ids.map((id, index) => {
      const parent = given.parents[index] ?? -1
      return category(id, parent >= 0 && parent < index ? String(parent) : null, given.used[index] === true ? 1 : 0)
    })
    const wanted = ids.filter((_, index) => given.wanted[index] === true)
    const { deleted, errors } = judgeDeletions(wanted, all, "ticket", given.force)
    for (const { category_id, parent_category, uses } of all) {
      if (deleted.includes(category_id)) assert.strictEqual(uses, 0)
      else assert.isFalse(deleted.includes(parent_category ?? ""))
      if (!given.force && deleted.includes(category_id)) assert.include(wanted, category_id)
    }
    const judged = [...errors.map(({ category_id }) => category_id), ...deleted]
    assert.includeMembers(judged, wanted)
    assert.strictEqual(new Set(judged).size, judged.length)
  })
})

describe("a tree of categories", () => {
  it("keeps the order of siblings, and says where each is", () => {
    const row = (category_id: string, parent_category: string | null, order: number) => ({
      category_id,
      category_name: category_id.toUpperCase(),
      parent_category,
      board_id: "board",
      order
    })
    const tree = treeOf([row("b", null, 1), row("a", null, 2), row("d", "a", 1), row("c", "a", 2), row("e", "d", 1)])
    const shape = (nodes: typeof tree): unknown =>
      nodes.map(({ children, depth, path }) => [depth, path, shape(children)])
    assert.deepStrictEqual(shape(tree), [
      [0, "B", []],
      [
        0,
        "A",
        [
          [1, "A > D", [[2, "A > D > E", []]]],
          [1, "A > C", []]
        ]
      ]
    ])
    assert.deepStrictEqual(treeOf([]), [])
  })
})

describe("the figures of categories", () => {
  it("are zero without any", () => {
    assert.deepStrictEqual(analyticsOf([]), {
      total_categories: 0,
      active_categories: 0,
      categories_with_children: 0,
      average_depth: 0,
      max_depth: 0,
      usage_stats: []
    })
  })
})
