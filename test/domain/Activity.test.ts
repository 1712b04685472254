/** What a ticket's history makes of events. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { maxShownLength, referencesOf, shownChanges, type TicketEvent } from "../../src/domain/Activity.ts"
import { summaryOf } from "../../src/domain/activitySummary.ts"

const [ada, bob, one, two] = [1, 2, 3, 4].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string
]
const names = new Map([
  [ada, "Ada"],
  [bob, "Bob"],
  [one, "TIC1"],
  [two, "TIC2"]
])

const event = (event_type: string, payload: TicketEvent["payload"] = {}): TicketEvent => ({ event_type, payload })
const said = (happened: TicketEvent, known = names) => summaryOf(happened, shownChanges(happened, known), known)
const updated = (changes: TicketEvent["payload"]) => event("TICKET_UPDATED", { changes })

describe("the changes of an event", () => {
  it("are what is different, with names where they are known", () => {
    const changes = shownChanges(
      updated({
        assigned_to: { old: ada, new: bob.toUpperCase() },
        title: { old: "Same", new: "Same" },
        team_id: { old: null, new: "not an id" },
        tags: { new: ["a", "b"] }
      }),
      names
    )
    assert.deepStrictEqual(changes, [
      { field: "assigned_to", from: ada, to: bob.toUpperCase(), from_name: "Ada", to_name: "Bob" },
      { field: "team_id", from: null, to: "not an id", from_name: null, to_name: null },
      { field: "tags", from: null, to: ["a", "b"], from_name: null, to_name: null }
    ])
  })

  it("of attributes are those of each attribute", () => {
    const rich = JSON.stringify([{ type: "paragraph", content: [{ type: "text", text: "Hello", styles: {} }] }])
    const changes = shownChanges(
      updated({
        attributes: {
          old: { a: 1, gone: true, same: [1], watcher_user_ids: [ada] },
          new: { a: 2, same: [1], description: rich, watcher_user_ids: [ada, bob] }
        }
      }),
      names
    )
    assert.deepStrictEqual(
      changes.map(({ field, from, to, to_name }) => [field, from, to, to_name]),
      [
        ["attributes.a", 1, 2, null],
        ["attributes.gone", true, null, null],
        ["attributes.watcher_user_ids", [ada], [ada, bob], "Ada, Bob"],
        ["attributes.description", null, "Hello", null]
      ]
    )
  })

  it("are told of attributes with whatever names", () => {
    const attributes = { old: JSON.parse('{"constructor": 1, "__proto__": 2}'), new: {} }
    assert.deepStrictEqual(
      shownChanges(updated({ attributes, toString: { old: 1, new: 2 } }), names).map(({ field, to }) => [field, to]),
      [
        ["attributes.constructor", null],
        ["attributes.__proto__", null],
        ["toString", 2]
      ]
    )
    assert.strictEqual(referencesOf([event("X", { constructor: ada, toString: bob })]).size, 0)
  })

  it("are cut where they are long", () => {
    const [{ from, to } = { from: null, to: null }] = shownChanges(
      updated({ x: { old: "👍".repeat(maxShownLength), new: "👍".repeat(maxShownLength + 1) } }),
      names
    )
    assert.strictEqual(from, "👍".repeat(maxShownLength))
    assert.strictEqual(to, `${"👍".repeat(maxShownLength - 1)}…`)
    const [big] = shownChanges(updated({ x: { old: null, new: Array.from({ length: 500 }, () => 1) } }), names)
    assert.strictEqual(String(big?.to).length, maxShownLength)
  })

  it("are implied, where an assignment or a bundle does not list them", () => {
    assert.deepStrictEqual(shownChanges(event("TICKET_ASSIGNED", { assigned_to: null, old: ada }), names), [
      { field: "assigned_to", from: ada, to: null, from_name: "Ada", to_name: null }
    ])
    assert.deepStrictEqual(shownChanges(event("TICKET_MERGED", { targetTicketId: one }), names), [
      { field: "master_ticket_id", from: null, to: one, from_name: null, to_name: "TIC1" }
    ])
  })

  it.prop("never fail, whatever an event holds", [Schema.Record(Schema.String, Schema.Json)], ([payload]) => {
    for (const type of ["TICKET_UPDATED", "TICKET_ASSIGNED", "TICKET_MERGED", "TICKET_COMMENT_ADDED", "X"]) {
      const happened = event(type, payload)
      referencesOf([happened])
      assert.isNotEmpty(said(happened))
    }
  })

  it("name what they refer to, by what it is", () => {
    const found = referencesOf([
      updated({ assigned_to: { old: null, new: ada }, category_id: { old: one, new: two } }),
      event("TICKET_SPLIT", { newTicketIds: [one, two, 3] }),
      event("TICKET_ASSIGNED", { assigned_to: bob, old: ada }),
      event("TICKET_COMMENT_ADDED", { comment: { id: one, author: bob } })
    ])
    assert.deepStrictEqual(
      [...found].map(([kind, ids]) => [kind, [...ids]]),
      [
        ["user", [ada, bob]],
        ["category", [one, two]],
        ["ticket", [one, two]]
      ]
    )
  })
})

describe("the summary of an event", () => {
  const cases: ReadonlyArray<readonly [TicketEvent, string]> = [
    [event("TICKET_CREATED", { source: "api" }), "Ticket created (api)"],
    [event("TICKET_CLOSED"), "Ticket closed"],
    [updated({ title: { old: "A", new: "B" } }), "Title changed from A to B"],
    [updated({ url: { old: null, new: "https://a.example" } }), "URL set to https://a.example"],
    [updated({ due_date: { old: "2026-01-01", new: null } }), "Due date removed: 2026-01-01"],
    [updated({ title: { old: "A\nB", new: "C" } }), "Title changed"],
    [updated({ assigned_to: { old: ada, new: bob } }), "Assigned to Bob"],
    [updated({ assigned_to: { old: ada, new: null } }), "Unassigned"],
    [
      updated({ a: { old: 1, new: 2 }, b_c: { old: 1, new: 2 }, url: { old: "x", new: "y" } }),
      "A, b c and URL changed"
    ],
    [
      event("TICKET_UPDATED", { changes: { title: { old: "A", new: "B" } }, masterTicketId: one }),
      "Title changed from A to B, with master ticket TIC1"
    ],
    [updated({}), "Updated"],
    [event("TICKET_COMMENT_ADDED", { comment: { content: "x", isInternal: true } }), "Internal comment added"],
    [event("TICKET_COMMENT_UPDATED", { comment: { isInternal: false } }), "Comment edited"],
    [event("TICKET_ASSET_LINKED", { relationship_type: "affected" }), "Asset linked (affected)"],
    [
      event("TICKET_ADDITIONAL_AGENT_ASSIGNED", { additional_user_id: ada, role: "support" }),
      "Ada added as an additional agent (support)"
    ],
    [event("TICKET_ADDITIONAL_AGENT_REMOVED", {}), "An agent removed as an additional agent"],
    [event("TICKET_MERGED", { targetTicketId: one }), "Bundled under ticket TIC1"],
    [event("TICKET_MERGED", { targetTicketId: ada.replace("1", "9") }), "Bundled under another ticket"],
    [event("TICKET_SPLIT", { newTicketIds: [one, two] }), "TIC1, TIC2 taken out of the bundle"],
    [event("TICKET_SPLIT", { newTicketIds: ["x"] }), "1 ticket taken out of the bundle"],
    [event("BUNDLE_REOPENED", { childTicketId: two }), "Reopened by a comment on ticket TIC2"],
    [event("BUNDLE_SETTINGS_CHANGED", { mode: "link_only" }), "Bundle settings changed: link_only"],
    [event("TICKET_CHECKLIST_ITEM_ADDED", { item: { name: "Call back" } }), "Checklist item added: Call back"],
    [event("TICKET_MATERIAL_REMOVED", { service_name: "Cable" }), "Material removed: Cable"],
    [
      event("TICKET_DOCUMENT_REMOVED", { changes: { document: { old: "log.txt", new: null } } }),
      "Document removed: log.txt"
    ],
    [event("TICKET_TIME_ENTRY_ADDED", { entry_id: one }), "Time entry added"]
  ]
  for (const [happened, sentence] of cases) it(sentence, () => assert.strictEqual(said(happened), sentence))
})
