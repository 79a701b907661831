package dev.caravan.job;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * How jobs are queued, run, retried and kept.
 *
 * @param queue the worker queue, durable and declared without arguments; other services may declare and use the same one
 * @param againQueue the queue, durable and without arguments, for jobs that are put on a queue again: retries that are due, jobs
 *     whose worker or message was lost. A worker takes from it first, so they do not wait behind those that are new; not the
 *     worker queue
 * @param highQueue the queue, durable and without arguments, for the first messages of jobs of high priority
 * @param lowQueue the same for jobs of low priority. Of again, high, worker and low queue, a worker takes from each four times as
 *     often as from the one after it, while jobs wait in both
 * @param deadQueue the queue that receives a copy of each failed job
 * @param concurrency how many jobs this node runs at the same time, each on a thread; fewer if they need much processor time
 *     or memory. To the broker a node is one consumer
 * @param prefetch how many messages the broker sends ahead of time for each of these; 1: an idle worker always gets the next
 *     job
 * @param defaultDuration how long a job of the type {@code default} runs
 * @param attempts how often a job is run before it is FAILED; at least 1
 * @param retryDelay pause after the first failure. Each further pause is {@code retry-multiplier} times longer, with up to
 *     a tenth of random addition, and never longer than {@code retry-max-delay}
 * @param retryMultiplier factor between one pause and the next; at least 1
 * @param retryMaxDelay longest pause between two attempts
 * @param permanentErrors exceptions after which a retry cannot help: the job is FAILED at once. Exceptions that extend one
 *     of these count too
 * @param lease how long a worker may be silent before its job is given to another one; at least 1s. A worker extends its
 *     lease at a quarter of it, so nobody takes a job over while Redis does not respond for less than about two thirds of it
 * @param maxInterruptions how often a job may lose its worker by a crash and be run again; once more, and it is FAILED.
 *     After the second time it runs alone on its node: the other jobs wait for it, for a minute at the most
 * @param ackAfter how long an attempt runs until its message is acknowledged before it has ended; above 0, and well below the
 *     consumer timeout of the broker (RabbitMQ: 30 minutes), which else stops the consumer of all jobs. From then on the lease
 *     alone keeps the job
 * @param stuckAfter how long a handler may run before it counts as stuck; above 0. A node with one is degraded, and not ready
 *     while all its handlers are
 * @param cancelGrace how long the handler of a job that was cancelled may take to its next step, where it ends; then its
 *     thread is interrupted
 * @param abandonAfter how much later a handler that ignores this is abandoned: its job is CANCELLED, or retried if it was over its
 *     time limit, and another job may run in its place, while its thread goes on
 * @param maxAbandoned how many such threads this node may have. Further handlers that ignore an interrupt hold up their job and
 *     its place
 * @param handlerTimeout how long a job waits while no running node has a handler for its type; then it is FAILED. At least 1s
 * @param duePeriod how often a node looks for due retries and for expired leases
 * @param lostAfter a job that is QUEUED counts as lost, and its message is sent again, when jobs that came so much later have
 *     left the queue, or the queue has been empty for so long
 * @param lostAfterForeign how long that must be the case while other services consume the worker queue: longer than the broker
 *     lets a consumer hold a message (RabbitMQ: {@code consumer_timeout}, 30 minutes)
 * @param waitReplicas how many replicas of Redis must have a job, within a second, before it is accepted; with fewer it is
 *     answered 503. 0: none, so that a failover may lose a job that was just accepted until its message is processed. Not for
 *     Redis Cluster
 * @param retention how long the hash of an ended job is kept; at least 1s
 * @param deadRetention how long the hash of a job that is FAILED is kept, if that is longer than what its type or
 *     {@code retention} says; at least 1s
 * @param keyRetention how long an {@code Idempotency-Key} is kept after its job has ended; at least 1s
 * @param maxPayload largest payload
 * @param maxResult largest result
 * @param logLines how many lines that its handler logs are kept for a job, the latest. 0: none
 * @param logSize how many bytes these lines may have for a job; older ones are dropped. At least 4KB
 * @param maxQueuedPerUser how many jobs of one user may be unfinished, on all nodes together; more are answered 429. 0: any
 *     number
 * @param maxStoredPerUser how many bytes of one user's jobs may be kept in Redis, on all nodes together: the payloads, and
 *     1 KB for each job, but not what handlers leave (results, logs, errors); more are answered 429. 0: any number. Else more
 *     than {@code max-payload} and 1 KB
 * @param bulkWindow how many lines of one bulk submission may be under way at the same time, read and not responded to; at
 *     least 1. With {@code max-bulk-submissions} no more than 9000 on one node: the others are for jobs that are submitted one by one
 * @param maxBulkSubmissions how many bulk submissions may be open on this node; one more is answered 503. 0: none
 * @param maxBulkSubmissionsPerUser how many of them one user may have; one more is answered 429. 0: as many as there may be
 */
@ConfigurationProperties("caravan.jobs")
public record JobSettings(
        @DefaultValue("boot.amqp.worker-queue") String queue,
        @DefaultValue("${caravan.jobs.queue}.again") String againQueue,
        @DefaultValue("${caravan.jobs.queue}.high") String highQueue,
        @DefaultValue("${caravan.jobs.queue}.low") String lowQueue,
        @DefaultValue("${caravan.jobs.queue}.dead") String deadQueue,
        @DefaultValue("32") int concurrency,
        @DefaultValue("1") int prefetch,
        @DefaultValue("5s") Duration defaultDuration,
        @DefaultValue("3") int attempts,
        @DefaultValue("2s") Duration retryDelay,
        @DefaultValue("4") double retryMultiplier,
        @DefaultValue("10m") Duration retryMaxDelay,
        @DefaultValue({
                    "java.lang.IllegalArgumentException",
                    "org.apache.camel.ValidationException",
                    "net.thisptr.jackson.jq.exception.JsonQueryException"
                })
                Set<String> permanentErrors,
        @DefaultValue("15s") Duration lease,
        @DefaultValue("2") int maxInterruptions,
        @DefaultValue("10m") Duration ackAfter,
        @DefaultValue("30m") Duration stuckAfter,
        @DefaultValue("2s") Duration cancelGrace,
        @DefaultValue("10s") Duration abandonAfter,
        @DefaultValue("32") int maxAbandoned,
        @DefaultValue("10m") Duration handlerTimeout,
        @DefaultValue("1s") Duration duePeriod,
        @DefaultValue("15s") Duration lostAfter,
        @DefaultValue("31m") Duration lostAfterForeign,
        @DefaultValue("0") int waitReplicas,
        @DefaultValue("24h") Duration retention,
        @DefaultValue("7d") Duration deadRetention,
        @DefaultValue("24h") Duration keyRetention,
        @DefaultValue("1MB") DataSize maxPayload,
        @DefaultValue("1MB") DataSize maxResult,
        @DefaultValue("500") int logLines,
        @DefaultValue("256KB") DataSize logSize,
        @DefaultValue("100000") int maxQueuedPerUser,
        @DefaultValue("1GB") DataSize maxStoredPerUser,
        @DefaultValue("500") int bulkWindow,
        @DefaultValue("16") int maxBulkSubmissions,
        @DefaultValue("4") int maxBulkSubmissionsPerUser) {

    /** Below what the store and the publisher take at the same time. */
    private static final int MAX_BATCHED = 9_000;

    private static final double JITTER = 0.1;

    public JobSettings {
        Assert.isTrue(
                Set.copyOf(List.of(queue, againQueue, highQueue, lowQueue, deadQueue))
                                .size()
                        == 5,
                "caravan.jobs.queue, caravan.jobs.again-queue, caravan.jobs.high-queue, caravan.jobs.low-queue and "
                        + "caravan.jobs.dead-queue must be five queues");
        Assert.isTrue(attempts >= 1, "caravan.jobs.attempts must be 1 or more");
        Assert.isTrue(!retryDelay.isNegative(), "caravan.jobs.retry-delay must not be negative");
        Assert.isTrue(retryMultiplier >= 1, "caravan.jobs.retry-multiplier must be 1 or more");
        Assert.isTrue(!retryMaxDelay.isNegative(), "caravan.jobs.retry-max-delay must not be negative");
        Assert.isTrue(lease.toMillis() >= 1000, "caravan.jobs.lease must be 1s or more");
        Assert.isTrue(maxInterruptions >= 0, "caravan.jobs.max-interruptions must not be negative");
        Assert.isTrue(ackAfter.toMillis() > 0, "caravan.jobs.ack-after must be above 0");
        Assert.isTrue(stuckAfter.toMillis() > 0, "caravan.jobs.stuck-after must be above 0");
        Assert.isTrue(!cancelGrace.isNegative(), "caravan.jobs.cancel-grace must not be negative");
        Assert.isTrue(!abandonAfter.isNegative(), "caravan.jobs.abandon-after must not be negative");
        Assert.isTrue(maxAbandoned >= 0, "caravan.jobs.max-abandoned must not be negative");
        Assert.isTrue(handlerTimeout.toMillis() >= 1000, "caravan.jobs.handler-timeout must be 1s or more");
        Assert.isTrue(!lostAfter.isNegative(), "caravan.jobs.lost-after must not be negative");
        Assert.isTrue(!lostAfterForeign.isNegative(), "caravan.jobs.lost-after-foreign must not be negative");
        Assert.isTrue(waitReplicas >= 0, "caravan.jobs.wait-replicas must not be negative");
        Assert.isTrue(retention.toMillis() >= 1000, "caravan.jobs.retention must be 1s or more");
        Assert.isTrue(deadRetention.toMillis() >= 1000, "caravan.jobs.dead-retention must be 1s or more");
        Assert.isTrue(keyRetention.toMillis() >= 1000, "caravan.jobs.key-retention must be 1s or more");
        Assert.isTrue(!maxPayload.isNegative(), "caravan.jobs.max-payload must not be negative");
        Assert.isTrue(!maxResult.isNegative(), "caravan.jobs.max-result must not be negative");
        Assert.isTrue(logLines >= 0, "caravan.jobs.log-lines must not be negative");
        Assert.isTrue(logSize.toKilobytes() >= 4, "caravan.jobs.log-size must be 4KB or more");
        Assert.isTrue(maxQueuedPerUser >= 0, "caravan.jobs.max-queued-per-user must not be negative");
        Assert.isTrue(
                maxStoredPerUser.toBytes() == 0
                        || maxStoredPerUser.toBytes() >= maxPayload.toBytes() + JobTransition.OVERHEAD,
                "caravan.jobs.max-stored-per-user must be 0, or more than caravan.jobs.max-payload and "
                        + JobTransition.OVERHEAD + " bytes");
        Assert.isTrue(bulkWindow >= 1, "caravan.jobs.bulk-window must be 1 or more");
        Assert.isTrue(maxBulkSubmissions >= 0, "caravan.jobs.max-bulk-submissions must not be negative");
        Assert.isTrue(
                (long) bulkWindow * maxBulkSubmissions <= MAX_BATCHED,
                "caravan.jobs.bulk-window times caravan.jobs.max-bulk-submissions must be " + MAX_BATCHED + " or less");
        Assert.isTrue(
                maxBulkSubmissionsPerUser >= 0, "caravan.jobs.max-bulk-submissions-per-user must not be negative");
    }

    /** The queue for the first message of a job. */
    public String queueOf(JobPriority priority) {
        return switch (priority) {
            case HIGH -> highQueue;
            case NORMAL -> queue;
            case LOW -> lowQueue;
        };
    }

    /** How long the hash of a job that is FAILED is kept, if those of its type are kept for so long. */
    public Duration retentionOfFailed(Duration ofType) {
        return ofType.compareTo(deadRetention) > 0 ? ofType : deadRetention;
    }

    RetryPolicy retry() {
        return new RetryPolicy(attempts, retryDelay, retryMultiplier, retryMaxDelay, JITTER, permanentErrors);
    }
}
