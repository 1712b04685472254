/**
 * Does what RMMs are told to do, in the background of every instance. A job is begun once and never again: one that breaks
 * off in the middle has failed, with an outcome that nobody knows.
 */
import { Cause, Context, Duration, Effect, Exit, FiberSet, Layer, Queue, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { codeOf, type RmmFailure } from "../domain/Rmm.ts"
import { Announcements } from "./Announcements.ts"
import { unfailing } from "./constraints.ts"
import { newId } from "./ids.ts"
import { RmmConnections } from "./RmmConnections.ts"
import type { RmmCredentials, RmmProvider, ScriptRun } from "./RmmProvider.ts"
import {
  endLostJobs,
  failedWith,
  finishJob,
  jobsChannel,
  type Outcome,
  renewLeases,
  type TakenJob,
  takeJob,
  unknownOutcome
} from "./rmmJobs.ts"
import type { SecretsFailure } from "./Secrets.ts"

export interface RunnerTimes {
  /** How long a job is its instance's without a sign of life. */
  readonly lease: Duration.Duration
  /** How often to look for jobs that nobody has announced, or that nobody runs any more. */
  readonly poll: Duration.Duration
  /** How long jobs that are running may still take once the service stops. */
  readonly patience: Duration.Duration
}

export const RmmRunnerTimes = Context.Reference<RunnerTimes>("psa/RmmRunnerTimes", {
  defaultValue: () => ({
    lease: Duration.seconds(30),
    poll: Duration.seconds(5),
    patience: Duration.seconds(15)
  })
})

/** How many jobs an instance runs at once: all they do is wait. */
const slots = 32

/** No job takes longer than its script may, and what is asked before and after. */
const longest = ({ timeout_seconds }: TakenJob) => Duration.seconds((timeout_seconds ?? 280) + 120)

/** Runs jobs while the layer is up. */
export const RmmJobsRunning = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const connections = yield* RmmConnections
    const { listen } = yield* Announcements
    const times = yield* RmmRunnerTimes
    const lease = Duration.toMillis(times.lease)
    const runner = newId()
    const mine = new Set<TakenJob>()
    const fibers = yield* FiberSet.make<void>()
    const wake = yield* Queue.sliding<void>(1)

    const perform = Effect.fn("RmmJobRunner.perform")(function* (job: TakenJob) {
      const tied = yield* unfailing(
        sql`SELECT 1 FROM assets WHERE tenant = ${job.tenant} AND asset_id = ${job.asset_id}
          AND rmm_provider = ${job.provider} AND rmm_device_id = ${job.device_id}`
      )
      if (tied.length === 0) return failedWith("NOT_MANAGED", "The asset is not tied to this agent any more")
      return yield* connections.asking(job.tenant, job.provider, telling(job))
    })

    const write = (job: TakenJob, outcome: Outcome) =>
      finishJob(sql, runner, job, outcome).pipe(
        Effect.retry({ schedule: Schedule.exponential("100 millis"), times: 6 }),
        Effect.catchCause((cause) => Effect.logError(`Could not write what came of job ${job.job_id}`, cause))
      )

    /** To its end: what interrupts it, interrupts only the work. */
    const run = (job: TakenJob) =>
      perform(job).pipe(
        Effect.timeoutOrElse({
          duration: longest(job),
          orElse: () => Effect.succeed(unknownOutcome("It took too long"))
        }),
        Effect.interruptible,
        Effect.exit,
        Effect.flatMap((exit) => outcomeOf(job, exit)),
        Effect.flatMap((outcome) => write(job, outcome)),
        Effect.ensuring(Effect.sync(() => mine.delete(job))),
        // There may be another one that waits for this one's place.
        Effect.andThen(Queue.offer(wake, undefined)),
        Effect.asVoid,
        Effect.uninterruptible
      )

    /** Whoever has taken a job runs it: nothing comes between. */
    const begin = Effect.uninterruptible(
      Effect.gen(function* () {
        const job = yield* takeJob(sql, runner, lease)
        if (job === undefined) return false
        mine.add(job)
        yield* FiberSet.run(fibers, run(job))
        return true
      })
    )

    const look = Effect.gen(function* () {
      let ended = yield* endLostJobs(sql)
      while (ended > 0) ended = yield* endLostJobs(sql)
      let begun = true
      while (begun && mine.size < slots) begun = yield* begin
    }).pipe(Effect.catchCause((cause) => Effect.logWarning("Could not look for jobs of RMMs", cause)))

    const looking = Effect.andThen(look, Effect.timeoutOption(Queue.take(wake), times.poll))

    const renewing = Effect.gen(function* () {
      if (mine.size > 0) yield* renewLeases(sql, [...mine], runner, lease)
    }).pipe(
      Effect.catchCause((cause) => Effect.logWarning("Could not renew the leases of jobs", cause)),
      Effect.andThen(Effect.sleep(lease / 3))
    )

    const hearing = Effect.gen(function* () {
      const announcements = yield* listen(jobsChannel)
      while (true) {
        yield* Queue.take(announcements)
        yield* Queue.offer(wake, undefined)
      }
    }).pipe(
      Effect.scoped,
      Effect.catchCause((cause) => Effect.logWarning("Not hearing of new jobs; looking for them now and then", cause)),
      Effect.andThen(Effect.sleep("1 second")),
      Effect.forever
    )

    yield* Effect.forkScoped(Effect.forever(renewing))
    // Once nothing new is begun, what is running has a moment to end.
    yield* Effect.addFinalizer(() => Effect.timeoutOption(FiberSet.awaitEmpty(fibers), times.patience))
    yield* Effect.forkScoped(Effect.forever(looking))
    yield* Effect.forkScoped(hearing)
  })
)

/** What the job's RMM is asked. */
const telling =
  (job: TakenJob) =>
  (provider: RmmProvider, credentials: RmmCredentials): Effect.Effect<Outcome, RmmFailure> => {
    if (job.action === "reboot") return Effect.as(provider.reboot(credentials, job.device_id), {})
    return Effect.map(
      provider.runScript(credentials, job.device_id, {
        scriptId: job.script_id ?? "",
        ...(job.args === null ? {} : { args: job.args }),
        ...(job.timeout_seconds === null ? {} : { timeout: job.timeout_seconds })
      }),
      outcomeOfScript
    )
  }

const outcomeOfScript = ({ exitCode, output, timedOut }: ScriptRun): Outcome => {
  const ran = { output, ...(exitCode === undefined ? {} : { exitCode }) }
  if (timedOut) return { ...ran, ...failedWith("SCRIPT_TIMED_OUT", "The script took too long, and was stopped") }
  if (exitCode === undefined || exitCode === 0) return ran
  return { ...ran, ...failedWith("SCRIPT_FAILED", `The script ended with exit code ${exitCode}`) }
}

type Failure = RmmFailure | SecretsFailure

/** What came of a job, however it ended. */
const outcomeOf = (job: TakenJob, exit: Exit.Exit<Outcome, Failure>): Effect.Effect<Outcome> => {
  if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
  const failure = exit.cause.reasons.find(Cause.isFailReason)?.error
  if (failure !== undefined) return outcomeOfFailure(job, failure)
  if (Cause.hasInterruptsOnly(exit.cause)) {
    return Effect.succeed(unknownOutcome("The service was stopped while this was going on"))
  }
  return Effect.as(
    Effect.logError(`Job ${job.job_id} of an RMM broke off`, exit.cause),
    unknownOutcome("The service failed while this was going on")
  )
}

const outcomeOfFailure = (job: TakenJob, failure: Failure): Effect.Effect<Outcome> => {
  if (failure._tag === "RmmFailure") {
    const { kind, maybeDone = false, message } = failure
    return Effect.succeed(maybeDone ? unknownOutcome(message) : failedWith(codeOf(kind), message))
  }
  return Effect.as(
    Effect.logWarning(`Job ${job.job_id} of an RMM was not begun: ${failure.message}`),
    failedWith("RMM_KEY_UNREADABLE", "The RMM was not asked, as its key cannot be read: tell whoever runs this service")
  )
}
