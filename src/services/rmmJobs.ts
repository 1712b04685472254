/** The queue of jobs in the database: who takes which, for how long it is theirs, and what came of it. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { bounded, type RmmJob, type RmmProviderName } from "../domain/Rmm.ts"
import type { NewAudit } from "./audit.ts"
import { recordAudits } from "./audit.ts"
import { type NewEvent, recordEvents } from "./events.ts"
import { rmmAudit } from "./rmmAssets.ts"

/** Where instances hear that there is a job. */
export const jobsChannel = "rmm_jobs"

/** Wakes the instances that run jobs, once the transaction commits. */
export const announceJob = (sql: SqlClient.SqlClient) => sql`SELECT pg_notify(${jobsChannel}, '')`

/** A job as it is run. */
export interface TakenJob {
  readonly tenant: string
  readonly job_id: string
  readonly asset_id: string
  readonly provider: RmmProviderName
  readonly device_id: string
  readonly action: (typeof RmmJob.Type)["action"]
  readonly script_id: string | null
  readonly args: ReadonlyArray<string> | null
  readonly timeout_seconds: number | null
  readonly requested_by: string
}

/** How many jobs of one tenant run at once: its RMM has other things to do as well. */
const perTenant = 4

/** A job that was not begun for so long comes as a surprise to whoever wanted it. */
const stale = "10 minutes"

/** Takes the job that has waited longest, whose tenant does not have enough running. Nobody waits for anybody. */
export const takeJob = (sql: SqlClient.SqlClient, runner: string, leaseMillis: number) =>
  Effect.map(
    sql<TakenJob>`
      WITH busy AS (
        SELECT tenant FROM rmm_jobs WHERE status = 'running' GROUP BY tenant HAVING count(*) >= ${perTenant}
      ), next AS (
        SELECT q.tenant, q.job_id FROM rmm_jobs q
        WHERE q.status = 'queued' AND q.created_at > now() - ${stale}::interval
          AND q.tenant NOT IN (SELECT tenant FROM busy)
        ORDER BY q.created_at, q.job_id LIMIT 1 FOR UPDATE OF q SKIP LOCKED
      )
      UPDATE rmm_jobs j SET status = 'running', attempts = attempts + 1, runner = ${runner}, started_at = now(),
        leased_until = now() + ${leaseMillis} * interval '1 millisecond'
      FROM next WHERE j.tenant = next.tenant AND j.job_id = next.job_id
      RETURNING j.tenant, j.job_id, j.asset_id, j.provider, j.device_id, j.action, j.script_id, j.args,
        j.timeout_seconds, j.requested_by`,
    ([job]) => job
  )

/** Says of jobs that they are still running. */
export const renewLeases = (sql: SqlClient.SqlClient, jobs: ReadonlyArray<TakenJob>, runner: string, millis: number) =>
  sql`UPDATE rmm_jobs j SET leased_until = now() + ${millis} * interval '1 millisecond'
    FROM unnest(${jobs.map(({ tenant }) => tenant)}::uuid[], ${jobs.map(({ job_id }) => job_id)}::uuid[])
      AS mine (tenant, job_id)
    WHERE j.tenant = mine.tenant AND j.job_id = mine.job_id AND j.status = 'running' AND j.runner = ${runner}`

/** What came of a job. */
export interface Outcome {
  /** Absent, if it was done. */
  readonly error?: { readonly code: string; readonly message: string }
  readonly output?: string
  readonly exitCode?: number
}

export const failedWith = (code: string, message: string): Outcome => ({ error: { code, message } })

/** It was begun, and may have been done. */
export const unknownOutcome = (why: string) =>
  failedWith("OUTCOME_UNKNOWN", `${why}. Whether it was done is not known, so it is not tried again`)

/** Writes what came of a job that is still this runner's; what it did is accounted for in any case. */
export const finishJob = (sql: SqlClient.SqlClient, runner: string, job: TakenJob, outcome: Outcome) =>
  Effect.gen(function* () {
    const { error, exitCode, output } = outcome
    const kept = output === undefined ? { output: null, output_truncated: false } : bounded(output)
    const finished = yield* sql`UPDATE rmm_jobs SET status = ${error === undefined ? "succeeded" : "failed"},
        error_code = ${error?.code ?? null}, error = ${error?.message ?? null}, exit_code = ${exitCode ?? null}::bigint,
        output = ${kept.output}, output_truncated = ${kept.output_truncated}, leased_until = NULL, finished_at = now()
      WHERE tenant = ${job.tenant} AND job_id = ${job.job_id} AND status = 'running' AND runner = ${runner}
      RETURNING job_id`
    yield* tell(sql, [{ ...job, error_code: error?.code ?? null, error: error?.message ?? null }], finished.length > 0)
  }).pipe(sql.withTransaction)

type Ended = Pick<TakenJob, "tenant" | "job_id" | "asset_id" | "provider" | "device_id" | "action" | "requested_by"> & {
  readonly error_code: string | null
  readonly error: string | null
}

/** Accounts for jobs that have ended, and tells of those that others can see have. */
const tell = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  jobs: ReadonlyArray<Ended>,
  isShown: boolean
): Effect.fn.Return<void, SqlError> {
  yield* recordAudits(
    sql,
    jobs.map((job): readonly [{ tenant: string; userId: string }, NewAudit] => {
      const outcome = job.error === null ? "succeeded" : "failed"
      const why = job.error === null ? {} : { error_code: job.error_code, error: job.error }
      return [
        { tenant: job.tenant, userId: job.requested_by },
        rmmAudit(job.action, job, outcome, { job_id: job.job_id, ...why })
      ]
    })
  )
  if (isShown) yield* recordEvents(sql, jobs.map(finishedEvent))
})

const finishedEvent = ({ action, asset_id, error_code, job_id, requested_by, tenant }: Ended): NewEvent => ({
  tenant,
  userId: requested_by,
  type: "ASSET_RMM_JOB_FINISHED",
  entityType: "asset",
  entityId: asset_id,
  payload: { job_id, action, status: error_code === null ? "succeeded" : "failed", error_code }
})

const lost = unknownOutcome("The instance of the service that ran it has gone").error
const tooLate = `It was not begun within ${stale}, and will not be: nothing was done`

/** Ends the jobs that nobody will: those whose runner has gone, and those that nobody has begun. How many, up to 50. */
export const endLostJobs = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const ended = yield* sql<Ended>`
      UPDATE rmm_jobs j SET status = 'failed', leased_until = NULL, finished_at = now(),
        error_code = CASE j.status WHEN 'running' THEN ${lost?.code ?? ""} ELSE 'NOT_BEGUN' END,
        error = CASE j.status WHEN 'running' THEN ${lost?.message ?? ""} ELSE ${tooLate} END
      WHERE (j.tenant, j.job_id) IN (
        SELECT tenant, job_id FROM rmm_jobs WHERE (status = 'running' AND leased_until < now())
          OR (status = 'queued' AND created_at <= now() - ${stale}::interval)
        LIMIT 50 FOR UPDATE SKIP LOCKED)
      RETURNING j.tenant, j.job_id, j.asset_id, j.provider, j.device_id, j.action, j.requested_by, j.error_code, j.error`
    yield* tell(sql, ended, true)
    return ended.length
  }).pipe(sql.withTransaction)
