package dev.caravan.routes.trial;

import dev.caravan.component.DaemonThreads;
import dev.caravan.routes.check.StepLines;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.trial.TrialResult.Outcome;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.springframework.context.ApplicationContext;

/**
 * Tries route files: one message goes through a route that need not be saved, in a Camel context of its own, and nothing
 * goes out. One trial of a user at a time, and as many on this node as {@code caravan.routes.trial.concurrent} says; one that
 * does not end, though it was interrupted, keeps its place. Thread-safe.
 */
public final class Trials {
    private final TrialSettings settings;
    private final SideContext side;
    private final Semaphore places;
    private final Set<String> users = ConcurrentHashMap.newKeySet();
    private final ThreadFactory threads = new DaemonThreads("caravan-trial");

    public Trials(
            CamelContext running, ApplicationContext application, AllowedClasses allowed, TrialSettings settings) {
        this.settings = settings;
        this.side = new SideContext(running, application, allowed, settings);
        this.places = new Semaphore(settings.concurrent());
    }

    /**
     * @param user who tries it
     * @param file that a save would accept
     * @throws TrialRefused if others have to end first
     */
    public TrialResult run(String user, RouteFile file, TrialRequest request)
            throws TrialRefused, InterruptedException {
        if (!users.add(user)) {
            throw new TrialRefused("A trial of yours runs already.");
        }
        if (!places.tryAcquire()) {
            users.remove(user);
            throw new TrialRefused(full());
        }
        return run(file, request, () -> {
            places.release();
            users.remove(user);
        });
    }

    /** The same for a test: it waits for its place, as long as a trial may take, and is of no user. */
    TrialResult await(RouteFile file, TrialRequest request) throws InterruptedException {
        if (!places.tryAcquire(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
            Recording none = new Recording(new StepLines(file), settings);
            none.failed(new TrialRefused(full()));
            return none.await(settings.timeout());
        }
        return run(file, request, places::release);
    }

    private String full() {
        return settings.concurrent() + " trials run on this node already (caravan.routes.trial.concurrent).";
    }

    /** @param leave gives the place back, when no thread of the trial is left */
    private TrialResult run(RouteFile file, TrialRequest request, Runnable leave) throws InterruptedException {
        Recording recording = new Recording(new StepLines(file), settings);
        Thread thread = null;
        try {
            thread = threads.newThread(() -> {
                try {
                    side.run(file, request, recording);
                } finally {
                    leave.run();
                }
            });
            thread.start();
        } finally {
            if (thread == null || thread.getState() == Thread.State.NEW) {
                leave.run(); // it could not start
            }
        }
        boolean isInterrupted = true;
        try {
            TrialResult result = recording.await(settings.timeout());
            isInterrupted = result.outcome() == Outcome.INTERRUPTED;
            return result;
        } finally {
            if (isInterrupted) {
                thread.interrupt();
            }
        }
    }
}
