package dev.caravan.job.http;

import dev.caravan.http.HttpProperties;
import dev.caravan.http.LimitExceeded;
import dev.caravan.http.LineAccess;
import dev.caravan.http.LineStream;
import dev.caravan.http.PerUserLimit;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobTransition;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.util.ObjectHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * The bulk submissions that are open on this node, at most {@code caravan.jobs.max-bulk-submissions}, and {@code
 * max-bulk-submissions-per-user} for one user. Each line of one becomes an exchange of its own for {@code direct:jobs-submit}, and gets
 * the response that it would have got alone. They end first when the node stops. Thread-safe.
 */
@Component
class BulkSubmissions {
    private static final Logger LOG = LoggerFactory.getLogger(BulkSubmissions.class);
    private static final Duration RETRY = Duration.ofSeconds(5);
    /** Bytes of the lines of one request that are under way. */
    private static final int MAX_BYTES = 1024 * 1024;
    /** Camel waits for a route that is not there, on the thread of its caller: one line does, and those behind it fail at once. */
    private static final long MISSING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SubmissionReader reader;
    private final CamelContext context;
    private final Executor executor;
    private final LineStream.Limits limits;
    private final int most;
    private final int mostPerUser;
    private final PerUserLimit perUser;
    private final Set<Submission> open = ConcurrentHashMap.newKeySet();
    private volatile AsyncProducer submit;
    private volatile boolean stopping;
    /** The route of submissions is not there; null if it was, the last time. */
    private volatile Missing missing;

    private record Missing(ServiceUnavailable failure, long untilNanos) {}

    /** @param executor runs the routes of what is submitted */
    BulkSubmissions(
            SubmissionReader reader,
            CamelContext context,
            JobSettings settings,
            @Qualifier("batchExecutor") Executor executor) {
        this.reader = reader;
        this.context = context;
        this.executor = executor;
        this.limits = new LineStream.Limits(
                settings.bulkWindow(), MAX_BYTES, settings.maxPayload().toBytes());
        this.most = settings.maxBulkSubmissions();
        this.mostPerUser = settings.maxBulkSubmissionsPerUser();
        this.perUser = new PerUserLimit(mostPerUser);
    }

    /**
     * Begins a bulk submission.
     *
     * @param user null if nobody has logged in
     * @throws LimitExceeded the user has too many
     * @throws ServiceUnavailable the node has too many, or stops
     */
    LineStream open(String user, LineAccess.Client client) {
        if (!perUser.take(user)) {
            throw new LimitExceeded(
                    "You have " + mostPerUser + " bulk submissions open on this node, the most that one user may have.",
                    mostPerUser,
                    mostPerUser,
                    RETRY);
        }
        Submission submission = new Submission(user, client);
        open.add(submission);
        if (stopping) { // checked after stop() can find it
            submission.ended();
            throw new ServiceUnavailable("This node is stopping.", null);
        }
        if (open.size() > most) {
            submission.ended();
            throw new ServiceUnavailable(
                    "This node has reached its limit of bulk submissions (caravan.jobs.max-bulk-submissions).", null);
        }
        return submission.stream;
    }

    /** Made late: this exists before Camel runs. */
    private AsyncProducer submit() {
        AsyncProducer producer = submit;
        if (producer == null) {
            try {
                producer = context.getEndpoint(JobApi.SUBMIT).createAsyncProducer();
                producer.start();
            } catch (Exception e) {
                throw new IllegalStateException("No producer for " + JobApi.SUBMIT, e);
            }
            submit = producer;
        }
        return producer;
    }

    /**
     * Before all else stops. Not a lifecycle bean: Spring starts what such a bean depends on, and would start Camel before it has
     * its routes.
     */
    @EventListener(ContextClosedEvent.class)
    void stop() {
        stopping = true;
        open.forEach(submission -> submission.stream.stop());
    }

    private final class Submission implements LineStream.Handler {
        private final String user;
        private final LineAccess.Client client;
        private final LineStream stream = new LineStream(limits, executor, this);
        private final AtomicBoolean warned = new AtomicBoolean();

        Submission(String user, LineAccess.Client client) {
            this.user = user;
            this.client = client;
        }

        @Override
        public long admit() {
            return client.admit();
        }

        @Override
        public void handle(byte[] bytes, LineStream.Reply reply) {
            BulkLine line = BulkLine.read(bytes);
            client.record("POST", "/jobs/" + line.type());
            JobTransition job =
                    reader.read(line.type(), "application/json", line.payload(), line.key(), user, line.options());
            Missing gone = missing;
            if (gone != null && System.nanoTime() - gone.untilNanos < 0) {
                throw gone.failure;
            }
            Exchange exchange = new DefaultExchange(context, ExchangePattern.InOut);
            if (user != null) {
                exchange.setProperty(HttpProperties.USER, user);
            }
            exchange.setVariable(JobApi.JOB, job.job());
            exchange.getIn().setBody(job);
            submit().process(exchange, doneSync -> {
                if (exchange.getException() == null || JobApi.isClaimed(exchange)) {
                    String id = exchange.getVariable(JobApi.JOB, Job.class).id();
                    reply.done("\"status\":202,\"id\":\"" + id + "\""
                            + (JobApi.isDuplicate(exchange) ? ",\"duplicate\":true" : ""));
                } else {
                    reply.failed(problem(exchange.getException()));
                }
            });
        }

        /** Logs the first failure of a request: the others have the same cause. */
        private Throwable problem(Throwable failure) {
            ServiceUnavailable unavailable = JobApi.unavailable(JobApi.NOT_ACCEPTED, failure);
            if (unavailable == null) {
                return failure;
            }
            if (ObjectHelper.getException(DirectConsumerNotAvailableException.class, failure) != null) {
                missing = new Missing(unavailable, System.nanoTime() + MISSING_NANOS);
            }
            if (warned.compareAndSet(false, true)) {
                LOG.warn("{}{} (of this bulk submission, no more is logged)", JobApi.NOT_ACCEPTED, failure.toString());
            }
            return unavailable;
        }

        @Override
        public void ended() {
            if (open.remove(this)) {
                perUser.giveBack(user);
            }
        }
    }
}
