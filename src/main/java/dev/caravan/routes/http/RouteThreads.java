package dev.caravan.routes.http;

import dev.caravan.component.DaemonThreads;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.routes.RedTests;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.trial.TrialSettings;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.AsyncProcessorSupport;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

/**
 * Where edits and trials of routes run: they take longer than a thread that serves requests should be held. What is rejected
 * there is responded to with 422 and its problems. Thread-safe.
 */
@Component
class RouteThreads implements DisposableBean {
    private static final int WAITING = 16;

    private final ThreadPoolExecutor edits;
    /** Each holds its thread until it ends. */
    private final ThreadPoolExecutor trials;

    RouteThreads(TrialSettings trialSettings) {
        this.edits = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                new DaemonThreads("caravan-routes-edit"));
        edits.allowCoreThreadTimeOut(true);
        this.trials = new ThreadPoolExecutor(
                0,
                trialSettings.concurrent(),
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DaemonThreads("caravan-routes-try"));
    }

    /** Runs this on the thread for edits, one after another; 503 if too many wait. */
    Processor edit(Processor work) {
        return on(edits, work, e -> new ServiceUnavailable("Too many edits are waiting.", e));
    }

    /** Runs this on a thread for trials; 503 if all are taken. */
    Processor tryOut(Processor work) {
        return on(trials, work, e -> new ServiceUnavailable("Too many trials run.", e));
    }

    /** @param rejected what is answered if these threads have too much to do */
    private static Processor on(
            ThreadPoolExecutor threads, Processor work, Function<Exception, ServiceUnavailable> rejected) {
        return new AsyncProcessorSupport() {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                try {
                    threads.execute(() -> {
                        try {
                            work.process(exchange);
                        } catch (RedTests e) {
                            exchange.setException(with(
                                    e.problems(),
                                    new ResponseStatusException(
                                            HttpStatus.UNPROCESSABLE_ENTITY,
                                            "The tests are red; the routes that ran go on. With force=true it is saved"
                                                    + " all the same.")));
                        } catch (RoutesRejected e) {
                            exchange.setException(with(
                                    e.problems(),
                                    new ResponseStatusException(
                                            HttpStatus.UNPROCESSABLE_ENTITY, "Rejected; the routes that ran go on.")));
                        } catch (Throwable e) {
                            exchange.setException(e);
                        }
                        callback.done(false);
                    });
                    return false;
                } catch (RejectedExecutionException e) {
                    exchange.setException(rejected.apply(e));
                    callback.done(true);
                    return true;
                }
            }
        };
    }

    private static ErrorResponseException with(List<RouteProblem> problems, ErrorResponseException problem) {
        problem.getBody().setProperty("problems", problems);
        return problem;
    }

    @Override
    public void destroy() {
        edits.shutdown();
        trials.shutdownNow();
    }
}
